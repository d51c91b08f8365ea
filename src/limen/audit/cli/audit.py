"""The log of facts: list, follow, verify, export."""

import json
import time
from pathlib import Path
from typing import Any

import click

from limen.platform.cli.commands import noun
from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.operations import operations
from limen.platform.cli.output import emit, emit_list, say, wants_json
from limen.platform.cli.resolve import user_id

command = noun("audit", __doc__)

_COLUMNS = ("seq", "at", "name", "actor.kind", "target.id", "result", "reason", "ref")
_PAUSE = 1.0  # seconds between looks of `tail -f`
_PIECE = 10_000  # facts fetched at once by `export`, a few more at most
_FACT = '{"type":"fact"'

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@command.command("list", example="limen audit list --ref 7F3K-21")
@click.option("--ref", help="What an error page's reference stands for.")
@click.option("--event", "name", help="Only this event, or `user.` for all that begin so.")
@click.option("--user", help="Only what concerns this person (an id, an address, a username).")
@click.option("--since", metavar="TIME", help="Not before this time (RFC 3339).")
@click.option("--limit", default=100, show_default=True, help="At most this many, the newest.")
def list_(
    ref: str | None, name: str | None, user: str | None, since: str | None, limit: int
) -> None:
    """List facts, the newest first."""
    calls = operations()
    query: dict[str, object] = {"ref": ref, "name": name, "since": since}
    if user is not None:
        query["person"] = user_id(calls, user)
    emit_list(calls.list_("audit.list", limit=limit, query=query), _COLUMNS)


@command.command("tail", example="limen audit tail --follow")
@click.option("-f", "--follow", is_flag=True, help="Wait for more, until stopped.")
@click.option("--limit", default=20, show_default=True, help="Begin with this many.")
def tail(follow: bool, limit: int) -> None:
    """Print the newest facts, the oldest of them first."""
    calls = operations()
    newest = calls.list_("audit.list", limit=limit)
    emit_list(newest[::-1], _COLUMNS)
    seen = {one["id"] for one in newest}
    after = max((one["seq"] or 0 for one in newest), default=0)
    while follow:
        time.sleep(_PAUSE)
        page = calls.call("audit.tail", query={"after": after, "limit": 200})
        after = page["next"]
        emit_list([one for one in page["facts"] if one["id"] not in seen], _COLUMNS)


@command.command("verify", example="limen audit verify --export log.jsonl")
@click.option("--export", "exported", type=_FILE, help="Verify this file; no store is needed.")
@click.option("--checkpoint-file", type=_FILE, help="Signed heads kept outside the store.")
@click.option("--key", "keys", multiple=True, help="A public key of the log that you know.")
def verify(exported: Path | None, checkpoint_file: Path | None, keys: tuple[str, ...]) -> None:
    """Prove that nothing in the log was changed, removed, inserted or moved; exit 6 if not."""
    if exported is not None:
        report = _verify_file(exported, checkpoint_file, keys)
    else:
        body = {"known_keys": list(keys), "checkpoint_file": _absolute(checkpoint_file)}
        report = operations().call("audit.verify", body=body)
    if wants_json():
        emit(report)
    else:
        _print(report)
    if report["findings"]:
        raise CliError("the log is not as it was sealed.", Exit.CHECK_FAILED)


def _absolute(file: Path | None) -> str | None:
    return None if file is None else str(file.absolute())


def _verify_file(file: Path, checkpoint_file: Path | None, keys: tuple[str, ...]) -> Any:
    import msgspec

    from limen.audit.usecases.verify_export import NoExport, verify_export

    outside = checkpoint_file.read_bytes().splitlines() if checkpoint_file else ()
    try:
        with file.open("rb") as lines:
            report = verify_export(lines, known_keys=keys, checkpoint_file=outside)
    except NoExport as error:
        raise CliError(f"{file} is no export of a log: {error}.", Exit.USAGE) from error
    if not keys and not checkpoint_file:
        say("The file was compared with the keys that it names itself; give --key or")
        say("--checkpoint-file to be sure that they are the log's.")
    return msgspec.to_builtins(report)


def _print(report: Any) -> None:
    click.echo(f"{report['facts']} facts, up to {report['seq']} (epoch {report['epoch']}).")
    click.echo(f"Signed up to {report['signed_seq']}; {report['unsealed']} wait for their place.")
    for finding in report["findings"]:
        where = "" if finding["seq"] is None else f" at {finding['seq']}"
        click.echo(f"{finding['kind']}{where}: {finding['says']}")
    if not report["findings"]:
        click.echo("Whole: nothing was changed, removed, inserted or moved.")


@command.command("export", example="limen audit export > log.jsonl")
@click.option("--after", default=0, show_default=True, help="Begin after this place in the log.")
@click.option("--clear", is_flag=True, help="Add what is personal in clear.")
def export(after: int, clear: bool) -> None:
    """Print the log, a line each, so that it can be verified with nothing but the file.

    It is fetched in pieces: each begins at the signed head where the one before ended.
    """
    calls, head = operations(), slice(0, -1)
    while True:
        query = {"after": after, "limit": _PIECE, "opened": clear or None}
        lines = calls.text("audit.export", query=query).rstrip("\n").split("\n")
        for line in lines[head]:
            click.echo(line)
        after, head = json.loads(lines[-1])["seq"], slice(1, -1)
        if sum(line.startswith(_FACT) for line in lines) < _PIECE:
            click.echo(lines[-1])
            return
