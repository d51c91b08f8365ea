"""Write docs/reference from the code; `--check` fails where it is out of date."""

import sys
from collections.abc import Callable, Iterable, Iterator

import click
import standards
from discovery import ROOT, event_types, refusals, routes

from limen.cli import is_noun, load, root, summary
from limen.kernel.routes import Access, Route
from limen.platform.config.sections import Declared, all_declared, discover
from limen.platform.config.values import describe, show

FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by `make reference` from the code; edit the code instead. -->"


def settings() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield (
        "Order: command-line flag, environment, `.env`, `limen.toml`, default. In `limen.toml` "
        "a name is written in lower case and `__` becomes a table: `LIMEN_MAIL__SMTP_URL` is "
        "`smtp_url` under `[mail]`. Behind any variable, `_FILE` reads the value from a file. "
        "Durations are written like `30s`, `15m`, `12h`, `30d`; lists with commas, or as TOML "
        "lists. Names that do not exist, and names that come twice, stop the start. "
        "`limen config show --origin` prints what holds, and why."
    )
    section = None
    for one in all_declared(discover()).values():
        prefix = one.key.rpartition(".")[0]
        if prefix != section:
            section = prefix
            yield ""
            yield f"## {prefix or 'Top level'}"
            yield ""
            yield "| variable | kind | default | meaning |"
            yield "| --- | --- | --- | --- |"
        yield _setting(one)


def _setting(one: Declared) -> str:
    default = show(one.default)
    secret = " Secret." if one.about.secret else ""
    written = f"`{default}`" if default else "–"
    return f"| `{one.variable}` | {describe(one.kind)} | {written} | {one.about.says}{secret} |"


def cli() -> Iterator[str]:
    yield "# Command line"
    yield ""
    yield (
        "`limen <noun> <verb>`; a noun's plural is an alias. Every command has `--help`, "
        "`--json` (data on standard output, words on standard error) and `--tenant SLUG`. "
        "Commands act on the store that the configuration names, or through the API where "
        "`LIMEN_URL` and `LIMEN_TOKEN` are set. Secrets are read from standard input or a "
        "prompt. `NO_COLOR` is honoured."
    )
    yield ""
    yield "| exit code | means |"
    yield "| --- | --- |"
    codes = ("done", "failure", "wrong usage", "not signed in, or not allowed", "not found",
             "conflict", "a check failed")  # fmt: skip
    for code, means in enumerate(codes):
        yield f"| {code} | {means} |"
    for name in root.list_commands(click.Context(root)):
        command = load(name)
        yield ""
        yield f"## limen {name}"
        yield ""
        yield summary(name)
        if isinstance(command, click.Group):
            for verb in command.commands.values():
                yield from _command(f"{name} {verb.name}", verb, "###")
        else:
            yield from _command(name, command, "" if not is_noun(name) else "###")


def _command(name: str, command: click.Command, heading: str) -> Iterator[str]:
    yield ""
    if heading:
        yield f"{heading} limen {name}"
        yield ""
    yield " ".join((command.help or "").split())
    context = click.Context(command, info_name=f"limen {name}")
    yield ""
    yield "```sh"
    yield "limen " + " ".join((name, *_usage(command, context)))
    yield f"# {command.example}"  # type: ignore[attr-defined]
    yield "```"
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    rows = [record for p in options if (record := p.get_help_record(context))]
    own = [(names, text) for names, text in rows if not names.startswith(("--json", "--tenant"))]
    if own:
        yield ""
        yield "| option | |"
        yield "| --- | --- |"
        for names, text in own:
            yield f"| `{_escaped(names)}` | {_escaped(text)} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _usage(command: click.Command, context: click.Context) -> Iterable[str]:
    return command.collect_usage_pieces(context)


def api() -> Iterator[str]:
    yield "# Routes"
    yield ""
    yield (
        "Every route that the server has, from the registry that guards them. Paths are under "
        "the issuer. Access: `public`; `client`: an OAuth client authenticates; `token`: an "
        "access token in the protocol's form; `session`: a person signed in with this browser; "
        "`bearer`: any access token for the API; a name like `users:read`: a token whose scope "
        "and whose owner's roles hold that permission. The OpenAPI document is at "
        "`/api/v1/openapi.json`, and `limen openapi` prints it."
    )
    every = routes()
    for title, answer in (("Protocol", "protocol"), ("Management API", "api"), ("Pages", "page")):
        yield ""
        yield f"## {title}"
        yield ""
        yield "| route | operation | access | rate | what |"
        yield "| --- | --- | --- | --- | --- |"
        for route in every:
            if route.answer == answer:
                yield _route(route)


def _route(route: Route) -> str:
    marks = " (dev)" if route.dev else ""
    marks += " (default tenant)" if route.system else ""
    marks += " (commands on the store itself, no request)" if route.local else ""
    return (
        f"| `{route.method} {route.path}` | `{route.operation}` | {_access(route.access)} | "
        f"{route.rate} | {route.summary}{marks} |"
    )


def _access(access: Access) -> str:
    return f"`{access.permission}`" if access.permission else access.kind


def events() -> Iterator[str]:
    yield "# Events"
    yield ""
    yield (
        "Every fact that the log holds, by name. A refusal is the same event with a `reason`, "
        "which is an error code."
    )
    yield ""
    yield "| event | context | what happened |"
    yield "| --- | --- | --- |"
    for context, one in event_types():
        yield f"| `{one.name}` | {context} | {one.says} |"


def errors() -> Iterator[str]:
    yield "# Error codes"
    yield ""
    yield (
        "`code` in `application/problem+json` answers, in `errors` of single fields, and in the "
        "log. A code never changes its meaning."
    )
    yield ""
    yield "| code | status | what people read |"
    yield "| --- | --- | --- |"
    for kind in refusals():
        yield f"| `{kind.code}` | {kind.status} | {kind.hint} |"


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "settings.md": settings,
    "cli.md": cli,
    "api.md": api,
    "events.md": events,
    "errors.md": errors,
    "standards.md": standards.page,
}


def main() -> int:
    check = "--check" in sys.argv
    stale: list[str] = []
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        title, *rest = page()
        text = "\n".join([title, "", MADE, *rest]) + "\n"
        file = FOLDER / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        if check:
            stale.append(name)
        else:
            file.write_text(text, encoding="utf-8")
            print(f"wrote docs/reference/{name}")
    if stale:
        print(f"out of date: {', '.join(stale)}; run `make reference`.", file=sys.stderr)
    wrong = standards.problems()
    for line in wrong:
        print(f"standards: {line}", file=sys.stderr)
    return 1 if stale or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
