"""Check settings, clock, store, keys, mail and proxies; one line each, with the mend."""

import asyncio
from typing import Any

import click

from limen.platform.cli.commands import verb
from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.operations import Backend
from limen.platform.cli.output import emit_list, wants_json
from limen.platform.cli.store import load_config, require_store

_SIGNS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


@verb("doctor", example="limen doctor")
def command() -> None:
    """Check what must be right; exit 6 when something is not."""
    config = load_config()
    require_store(config)
    backend: Backend = click.get_current_context().find_root().obj()
    results = asyncio.run(_results(backend, config))
    rows = [
        {"check": name, "verdict": r.verdict, "reason": r.reason, "mend": r.mend}
        for name, r in results.items()
    ]
    if wants_json():
        emit_list(rows, ())
    else:
        for row in rows:
            _print(row)
    failed = [row["check"] for row in rows if row["verdict"] == "fail"]
    if failed:
        raise CliError(f"not right: {', '.join(failed)}.", Exit.CHECK_FAILED)


def _print(row: dict[str, str]) -> None:
    sign, color = _SIGNS[row["verdict"]]
    mend = f" {row['mend']}" if row["mend"] else ""
    click.echo(f"{click.style(sign, fg=color)} {row['check']}: {row['reason']}.{mend}")


async def _results(backend: Backend, config: Any) -> dict[str, Any]:
    from limen.platform.telemetry.checks import run_checks

    async with backend.open_app(config) as app:
        return await run_checks(app.checks)
