"""The command line: finds its commands by their files, and imports one when it runs.

`<context>/cli/<noun>.py` holds a noun with its verbs, `commands/<verb>.py` a command of its
own.  The list that `limen --help` shows is read from their first lines, so that it costs
no import.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from limen.kernel.errors import StartRefused
from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.suggestions import did_you_mean

if TYPE_CHECKING:
    from limen.platform.cli.operations import Backend

_PACKAGE = Path(__file__).parent
_LIBRARY = "platform"  # platform/cli holds what commands are made of, and no noun


@cache
def _files() -> Mapping[str, Path]:
    """Return every command's file by name, verbs and nouns."""
    verbs = (_PACKAGE / "commands").glob("[!_]*.py")
    nouns = (f for f in _PACKAGE.glob("*/cli/[!_]*.py") if f.parts[-3] != _LIBRARY)
    files = sorted([*verbs, *nouns], key=lambda file: file.stem)
    return {file.stem.replace("_", "-"): file for file in files}


def is_noun(name: str) -> bool:
    return _files()[name].parent.name == "cli"


def summary(name: str) -> str:
    """Return the first line of the command's docstring, without importing it."""
    with _files()[name].open(encoding="utf-8") as file:
        first = file.readline().strip()
    text = first.removeprefix('"""').removesuffix('"""')
    return text if first.startswith('"""') else ""


def load(name: str) -> click.Command:
    """Import a command's file and return what it holds as `command`."""
    module = ".".join(_files()[name].relative_to(_PACKAGE.parent).with_suffix("").parts)
    return cast("click.Command", import_module(module).command)


def singular(name: str) -> str:
    """Return the noun that a plural is an alias of; any other name as it is."""
    known = _files()
    if name in known:
        return name
    for ending, instead in (("ies", "y"), ("s", "")):
        if name.endswith(ending) and name.removesuffix(ending) + instead in known:
            return name.removesuffix(ending) + instead
    return name


class Root(click.Group):
    """All commands, by file."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_files())

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        name = singular(cmd_name)
        return load(name) if name in _files() else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if singular(args[0]) not in _files() and not args[0].startswith("-"):
            raise click.UsageError(
                f"no such command: {args[0]}.{did_you_mean(args[0], _files())}", ctx
            )
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        nouns = [name for name in _files() if is_noun(name)]
        verbs = [name for name in _files() if not is_noun(name)]
        for title, names in (("Commands", verbs), ("Objects", nouns)):
            if names:
                with formatter.section(title):
                    formatter.write_dl([(name, summary(name)) for name in names])


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--tenant", metavar="SLUG", help="The tenant to work in (or LIMEN_TENANT).")
@click.pass_context
def root(ctx: click.Context, tenant: str | None) -> None:
    """Limen: identity and access.

    Example: limen user create --email ada@example.com --admin
    """
    ctx.meta["limen.tenant"] = tenant


def _backend() -> "Backend":
    from limen.platform.cli.operations import Backend

    def routes() -> Sequence[object]:
        return import_module("limen.app").all_routes()

    def open_app(config: object) -> object:
        return import_module("limen.app").open_app(config)

    return Backend(open_app=open_app, routes=routes)


def run(arguments: Sequence[str], backend: "Callable[[], Backend]" = _backend) -> int:
    """Run one command line and return its exit code; `backend` reaches the application."""
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    try:
        root.main(
            list(arguments),
            prog_name="limen",
            standalone_mode=False,
            obj=backend,
            color=False if plain else None,
        )
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except (click.Abort, click.ClickException, CliError, BrokenPipeError) as error:
        return _explain(error)
    except StartRefused as refused:
        return _say(str(refused), Exit.FAILURE)
    except Exception as error:
        if os.environ.get("LIMEN_TRACEBACK"):
            raise
        kind = type(error).__name__
        return _say(f"this is a fault of ours: {kind}: {error} (LIMEN_TRACEBACK=1 shows where).", 1)
    return Exit.OK


def _explain(error: Exception) -> int:
    """Say in one line what was wrong, and return the exit code."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return Exit.USAGE
        case click.UsageError():
            return _say(_usage(error), Exit.USAGE)
        case click.Abort():
            return _say("stopped.", 130)
        case CliError():
            return _say(str(error), error.exit_code)
        case BrokenPipeError():
            sys.stdout = None  # the reader of our output went away; there is nobody to tell
            return Exit.FAILURE
        case _:
            return _say(str(error), Exit.FAILURE)


def _usage(error: click.UsageError) -> str:
    where = error.ctx.command_path if error.ctx else "limen"
    text = error.format_message().rstrip()
    return f"{text}\nTry: {where} --help"


def _say(text: str, code: int) -> int:
    for line in text.splitlines():
        click.echo(f"limen: {line}" if not line.startswith("Try: ") else line, err=True)
    return code
