"""The checkpoint file: signed heads, keys and erasures, outside the store (storage.md).

One line is one `write` to a file opened for appending, and on the disk when `append` returns.
A line that a crash tore is ended by the next append, and passed over by readers.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from limen.audit.model.lines import WitnessLine, decode_witness, encode

_TAIL = 256 * 1024


class CheckpointFile:
    """Appends and reads; the caller keeps it off the event loop."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, lines: Iterable[WitnessLine]) -> None:
        """Add the lines durably.  Raises OSError."""
        content = b"".join(encode(line) + b"\n" for line in lines)
        if not content:
            return
        is_new = not self.path.exists()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                content = b"\n" + content
            while content:
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(self.path.parent)

    def raw_lines(self) -> Iterator[bytes]:
        """Give the file's lines as they are; nothing where there is no file yet."""
        if self.path.exists():
            with self.path.open("rb") as file:
                yield from file

    def lines(self) -> Iterator[WitnessLine]:
        """Give what the file says, from its beginning."""
        return _readable(self.raw_lines())

    def newest(self) -> list[WitnessLine]:
        """Return the lines of the file's last 256 KiB, oldest first."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            if size > _TAIL:
                file.readline()  # the rest of a line
            return list(_readable(file))


def _readable(lines: Iterable[bytes]) -> Iterator[WitnessLine]:
    for line in lines:
        try:
            yield decode_witness(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
