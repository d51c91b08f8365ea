"""Verifying an export, with nothing but the file: no store, no master key, no network."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from limen.audit.model.check import Checker, Notary, Report, Witness
from limen.audit.model.keys import LogKey
from limen.audit.model.lines import (
    FORMAT,
    EndLine,
    FactLine,
    HeadLine,
    KeyLine,
    LogLine,
    decode_export,
    decode_witness,
)
from limen.audit.model.notes import BadNote, parse
from limen.audit.model.tree import Head, root_of
from limen.audit.usecases.verify import trust


class NoExport(ValueError):  # noqa: N818 - says what it is
    """The file does not begin as an export of a log does."""


def verify_export(
    lines: Iterable[bytes],
    *,
    known_keys: Collection[str] = (),
    checkpoint_file: Iterable[bytes] = (),
) -> Report:
    """Recompute an exported log and report what is not as it was sealed.

    `known_keys` and the checkpoint file, if it is given, say which keys to believe, and the
    file which heads were signed up to the time of the export.  Without either the file is
    only shown to agree with the keys that it names itself.  Raises NoExport.
    """
    stream = iter(lines)
    header = _header(stream)
    outside = _Outside(header, checkpoint_file)
    return _Offline(header, {*known_keys, *outside.keys}, outside.notes).run(stream)


def _header(stream: Iterable[bytes]) -> LogLine:
    for line in stream:
        try:
            header = decode_export(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NoExport(f"the first line is not readable: {error}") from error
        if not isinstance(header, LogLine) or header.format != FORMAT:
            raise NoExport("the first line is not the header of an export of this format")
        return header
    raise NoExport("the file is empty")


class _Outside:
    """What the checkpoint file says of this log: keys, and heads up to the export's time."""

    def __init__(self, header: LogLine, lines: Iterable[bytes]) -> None:
        self.keys: set[str] = set()
        self.notes: list[str] = []
        for line in read_witness(lines):
            if isinstance(line, KeyLine) and line.tenant == header.tenant:
                self.keys.add(line.key)
            elif isinstance(line, HeadLine) and _is_of(line.note, header):
                self.notes.append(line.note)


def _is_of(note: str, header: LogLine) -> bool:
    try:
        checkpoint = parse(note)
    except BadNote:
        return False
    return checkpoint.tenant == header.tenant and checkpoint.at <= header.exported_at


def read_witness(lines: Iterable[bytes]) -> Iterable[object]:
    """Give the readable lines of a checkpoint file; the last may be torn by a crash."""
    for line in lines:
        try:
            yield decode_witness(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


class _Offline:
    def __init__(self, header: LogLine, known: Collection[str], notes: Sequence[str]) -> None:
        self._header, self._known, self._notes = header, known, notes
        self._checker = Checker(header.tenant, header.epochs)
        self._end: Head | None = None

    def run(self, stream: Iterable[bytes]) -> Report:
        notary = self._notary()
        start = self._start(notary)
        outside = self._outside(notary, start)
        for number, line in enumerate(stream, start=2):
            try:
                self._take(decode_export(line), notary, outside)
            except (msgspec.DecodeError, UnicodeDecodeError, OverflowError) as error:
                self._checker.find("unreadable", None, f"line {number}: {error}")
        self._checker.expect(outside)
        self._finish()
        return self._report()

    def _finish(self) -> None:
        checker = self._checker
        if self._end is None:
            checker.find("truncated", checker.head.seq, "the export has no end")
        elif checker.signed_seq != self._end.seq:
            says = f"no trusted signature covers what follows {checker.signed_seq}"
            checker.find("unsigned", checker.signed_seq + 1, says)
        checker.finish(self._end)

    def _notary(self) -> Notary:
        entries: list[LogKey] = []
        for line in self._header.keys:
            try:
                entries.append(line.entry())
            except BadNote as error:
                self._checker.find("key_swapped", None, f"key {line.version}: {error}")
        trusted = trust(self._checker, entries, self._known)
        return Notary(self._checker, [entry.key for entry in entries], trusted)

    def _start(self, notary: Notary) -> tuple[int, int]:
        """Set the checker on the signed head that the export begins after, if any."""
        start = self._header.start
        if start is None:
            return (0, -1)
        for witness in notary.read(start.note, "store"):
            said = witness.checkpoint
            head = Head(said.epoch, said.seq, said.size, said.chain, start.frontier)
            if root_of(head.frontier) != said.root or len(head.frontier) != said.size.bit_count():
                self._checker.find("chain_broken", said.seq, "the start is not what was signed")
            self._checker.head, self._checker.signed_seq = head, said.seq
            return (said.epoch, said.seq)
        self._checker.find("note_invalid", None, "the head that it begins after is not signed")
        return (0, -1)

    def _outside(self, notary: Notary, start: tuple[int, int]) -> list[Witness]:
        found = [witness for note in self._notes for witness in notary.read(note, "file")]
        found.sort(key=lambda witness: (witness.checkpoint.epoch, witness.checkpoint.seq))
        return [w for w in found if (w.checkpoint.epoch, w.checkpoint.seq) > start]

    def _take(self, line: object, notary: Notary, outside: list[Witness]) -> None:
        if isinstance(line, FactLine):
            while outside and outside[0].checkpoint.seq < line.seq:
                self._checker.expect([outside.pop(0)])
            self._checker.take(line.sealed())
        elif isinstance(line, HeadLine):
            self._checker.expect(notary.read(line.note, "store"))
        elif isinstance(line, EndLine):
            self._end = line.head()
        else:
            self._checker.find("inserted", None, "a second header")

    def _report(self) -> Report:
        checker = self._checker
        return Report(
            tenant=self._header.tenant,
            facts=checker.facts,
            seq=checker.head.seq,
            epoch=checker.head.epoch,
            signed_seq=checker.signed_seq,
            unsealed=0,
            keys=[line.key for line in self._header.keys],
            findings=checker.findings,
        )
