"""Nouns and their verbs; every verb has `--json`, `--tenant` and an example in its help."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

import click

from limen.platform.cli.suggestions import did_you_mean

JSON = "limen.json"
TENANT = "limen.tenant"


def _remember(key: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def remember(ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value:
            ctx.meta[key] = value

    return remember


def _common() -> list[click.Parameter]:
    return [
        click.Option(
            ["--tenant"],
            metavar="SLUG",
            expose_value=False,
            callback=_remember(TENANT),
            help="The tenant to work in (or LIMEN_TENANT).",
        ),
        click.Option(
            ["--json", "as_json"],
            is_flag=True,
            expose_value=False,
            callback=_remember(JSON),
            help="Print JSON, and nothing else, to standard output.",
        ),
    ]


class Verb(click.Command):
    """A command with an example, `--json` and `--tenant`."""

    def __init__(self, *arguments: Any, example: str = "", **options: Any) -> None:
        options["params"] = [*(options.get("params") or []), *_common()]
        super().__init__(*arguments, **options)
        self.example = example

    def format_epilog(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        formatter.write(f"\nExample:\n  {self.example}\n")  # in one line, to be copied


class Noun(click.Group):
    """A kind of object; what can be done with it are its verbs."""

    command_class = Verb

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            hint = did_you_mean(args[0], self.commands)
            raise click.UsageError(f"no such command: {ctx.info_name} {args[0]}.{hint}", ctx)
        return super().resolve_command(ctx, args)


def noun(name: str, help: str | None) -> Noun:  # noqa: A002 - click's own word
    """Return an empty noun; `help` is the module's docstring."""
    return Noun(name, help=help)


def verb(name: str, *, example: str) -> Callable[[Callable[..., Any]], Verb]:
    """Make a function a command of its own (`limen <verb>`)."""

    def decorate(function: Callable[..., Any]) -> Verb:
        return click.command(name, cls=Verb, example=example)(function)

    return decorate


def read_secret(prompt: str, *, from_stdin: bool, confirm: bool = True) -> str:
    """Return a secret from standard input or a prompt; never from the command line (R146)."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)


def chosen(flags: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Return the fields that were given."""
    return {name: value for name, value in flags if value is not None and value != ()}
