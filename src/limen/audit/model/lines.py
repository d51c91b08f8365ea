"""The two files that leave the store: an export of the log, and the checkpoint file.

Both are JSON lines; `type` says what a line is.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from limen.audit.model.keys import LogKey
from limen.audit.model.leaves import Beginning, Record, Sealed
from limen.audit.model.notes import BadNote, VerifyKey, parse_key
from limen.audit.model.tree import Head

FORMAT = 1


class KeyLine(msgspec.Struct, frozen=True, tag="key", kw_only=True, forbid_unknown_fields=True):
    """A key of the log, in an export's header and in the checkpoint file."""

    tenant: UUID
    version: int
    key: str
    endorsement: bytes | None = None

    def entry(self) -> LogKey:
        """Raises BadNote."""
        key = parse_key(self.key)
        if key.tenant != self.tenant:
            raise BadNote("the key is another log's")
        return LogKey(self.version, key, self.endorsement)


class Start(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The signed head that an export begins after, with the tree's full subtrees there."""

    note: str
    frontier: bytes


class LogLine(msgspec.Struct, frozen=True, tag="log", kw_only=True, forbid_unknown_fields=True):
    """An export's first line."""

    format: int
    tenant: UUID
    exported_at: str
    keys: list[KeyLine]
    epochs: list[Beginning]
    start: Start | None
    opened: bool


class FactLine(
    msgspec.Struct,
    frozen=True,
    tag="fact",
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A fact of an export.  `data` is exactly the hashed text; `personal` is not hashed."""

    seq: int
    event_id: UUID
    name: str
    at: datetime
    actor_kind: str
    actor: UUID | None = None
    session: UUID | None = None
    target_kind: str | None = None
    target: str | None = None
    person: UUID | None = None
    result: str
    reason: str | None = None
    request_id: str = ""
    ref: str = ""
    data: msgspec.Raw
    personal_sealed: bytes | None = None
    key_commitment: bytes | None = None
    leaf: bytes
    personal: Any = None

    def sealed(self) -> Sealed:
        values = {name: getattr(self, name) for name in Record.__struct_fields__}
        values["data"] = bytes(self.data).decode()
        return Sealed(**values, seq=self.seq, leaf=self.leaf)


def fact_line(fact: Sealed, personal: object) -> FactLine:
    values = {name: getattr(fact, name) for name in Record.__struct_fields__}
    values["data"] = msgspec.Raw(fact.data.encode())
    return FactLine(**values, seq=fact.seq, leaf=fact.leaf, personal=personal)


class HeadLine(msgspec.Struct, frozen=True, tag="head", kw_only=True, forbid_unknown_fields=True):
    """A signed head, in both files."""

    note: str


class EndLine(msgspec.Struct, frozen=True, tag="end", kw_only=True, forbid_unknown_fields=True):
    """An export's last line: where the log stood."""

    epoch: int
    seq: int
    size: int
    chain: bytes
    frontier: bytes

    def head(self) -> Head:
        return Head(self.epoch, self.seq, self.size, self.chain, self.frontier)


class StoreLine(msgspec.Struct, frozen=True, tag="store", kw_only=True, forbid_unknown_fields=True):
    """Which store writes the checkpoint file from here on."""

    store: UUID
    epoch: int


class DestroyedLine(
    msgspec.Struct, frozen=True, tag="destroyed", kw_only=True, forbid_unknown_fields=True
):
    """A person's key is gone; whoever restores a copy destroys it there again."""

    tenant: UUID
    person: UUID


ExportLine = LogLine | FactLine | HeadLine | EndLine
WitnessLine = StoreLine | KeyLine | HeadLine | DestroyedLine

encode = msgspec.json.Encoder().encode
decode_export = msgspec.json.Decoder(ExportLine).decode
decode_witness = msgspec.json.Decoder(WitnessLine).decode


def key_line(tenant: UUID, entry: LogKey) -> KeyLine:
    return KeyLine(
        tenant=tenant, version=entry.version, key=entry.key.text(), endorsement=entry.endorsement
    )


def verify_keys(lines: list[KeyLine]) -> list[VerifyKey]:
    """Raises BadNote."""
    return [line.entry().key for line in lines]
