"""Reading catalogues as people edit them (`.po`): no compiled file has to be kept beside."""

import json
import struct
from collections.abc import Iterable, Iterator
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

_MAGIC = 0x950412DE


def read_catalogue(file: Path) -> GNUTranslations:
    """Return what the file translates; entries without a translation are left out.

    Raises ValueError for a line that is none of a catalogue's.
    """
    return GNUTranslations(BytesIO(_compiled(messages_of(file))))


def messages_of(file: Path) -> dict[str, str]:
    """Return each message with its translation; the forms of a plural are joined by NUL."""
    return dict(_entries(file.read_text(encoding="utf-8").splitlines()))


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    fields: dict[str, str] = {}
    word = ""
    for line in (*map(str.strip, lines), ""):
        if line.startswith('"'):
            fields[word] += json.loads(line)
        elif line.startswith("msg"):
            word, _, text = line.partition(" ")
            fields[word] = json.loads(text)
        elif not line:
            yield from _entry(fields)
            fields = {}
        elif not line.startswith("#"):
            raise ValueError(f"no line of a catalogue: {line}")


def _entry(fields: dict[str, str]) -> Iterator[tuple[str, str]]:
    ids = [fields[name] for name in ("msgid", "msgid_plural") if name in fields]
    forms = [text for name, text in sorted(fields.items()) if name.startswith("msgstr")]
    if ids and all(forms):
        yield "\0".join(ids), "\0".join(forms)


def _compiled(messages: dict[str, str]) -> bytes:
    """Return GNU's binary form: a head, two tables of lengths and places, then the texts."""
    pairs = [(one.encode(), other.encode()) for one, other in sorted(messages.items())]
    place = 28 + 16 * len(pairs)
    tables: list[bytes] = []
    texts = b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), place + len(texts)))
            texts += pair[column] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + b"".join(tables) + texts
