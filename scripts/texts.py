"""The texts that people read, and which of them a language lacks.

Texts are marked where they stand: `_("…")` and `_n("…", "…", number)` in templates and code, the
`hint` of each Refusal, the message of each FieldError.  English is what stands there; the
others are in `src/limen/platform/i18n/locales/{language}/LC_MESSAGES/limen.po`.

    python scripts/texts.py        # says what is missing, and fails where something is
    python scripts/texts.py --po   # prints the missing entries, to be filled in
"""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from jinja2.ext import extract_from_ast

import limen
from limen.kernel.errors import Refusal
from limen.platform.i18n.po import messages_of
from limen.platform.i18n.texts import folders_named
from limen.platform.templating.engine import Engine, template_files

ROOT = Path(limen.__file__).parent
Message = str | tuple[str, str]


def in_templates() -> Iterator[Message]:
    environment = Engine()._environment  # noqa: SLF001 - the same syntax as when they are shown
    for file in template_files().values():
        tree = environment.parse(file.read_text(encoding="utf-8"))
        for _, kind, message in extract_from_ast(tree, ("_", "_n")):
            parts = message if isinstance(message, tuple) else (message,)
            texts = [part for part in parts if isinstance(part, str)]
            if kind == "_n":
                yield texts[0], texts[1]
            elif texts:
                yield texts[0]


def in_refusals() -> Iterator[str]:
    for module in pkgutil.walk_packages([str(ROOT)], "limen."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("limen."):
            yield kind.hint
            todo = getattr(kind, "todo", None)
            if isinstance(todo, str):
                yield todo


def in_code() -> Iterator[str]:
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            marked = [a for a in node.args if isinstance(a, ast.Constant)]
            if name == "_" and marked:
                yield str(marked[0].value)
            elif name == "FieldError" and len(node.args) == 3:
                message = node.args[2]
                if isinstance(message, ast.Constant):
                    yield str(message.value)
            for keyword in node.keywords:
                if keyword.arg == "hint" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def every() -> list[Message]:
    """Return each text once, in the order of the alphabet."""
    found: set[Message] = {*in_templates(), *in_refusals(), *in_code()} - {"", "None"}
    return sorted(found, key=str)


def catalogues() -> dict[str, dict[str, str]]:
    """Return what each language says, by the message; plurals are joined by NUL."""
    found: dict[str, dict[str, str]] = {}
    for folder in folders_named("locales"):
        for file in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            found.setdefault(file.parents[1].name, {}).update(messages_of(file))
    return found


def missing() -> dict[str, list[Message]]:
    """Return what each language lacks."""
    wanted = every()
    return {
        language: [one for one in wanted if key_of(one) not in said]
        for language, said in catalogues().items()
    }


def key_of(message: Message) -> str:
    return message if isinstance(message, str) else "\0".join(message)


def main() -> int:
    lacking = missing()
    for language, messages in lacking.items():
        print(f"{language}: {len(messages)} texts are missing", file=sys.stderr)
        for message in messages if "--po" in sys.argv else messages[:10]:
            print(entry(message))
    return 1 if any(lacking.values()) else 0


def entry(message: Message, translated: tuple[str, ...] = ()) -> str:
    if isinstance(message, str):
        return f"msgid {quoted(message)}\nmsgstr {quoted((*translated, '')[0])}\n"
    one, many = message
    forms = translated or ("", "")
    lines = [f"msgid {quoted(one)}", f"msgid_plural {quoted(many)}"]
    lines += [f"msgstr[{number}] {quoted(form)}" for number, form in enumerate(forms)]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    sys.exit(main())
