"""The canonical bytes of a fact, version 1, and the hashes over them.

All hashes are SHA-256 with a prefix byte of their own (RFC 6962 §2.1 for the first two):
0 a leaf, 1 a node of the tree, 2 a link of the chain, 3 the beginning of an epoch.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from uuid import UUID

import msgspec

VERSION = 1
_EPOCH_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD = Struct(">B16sQQ16sq").pack
_LENGTH = Struct(">I").pack
_ABSENT = b"\xff\xff\xff\xff"


class Record(msgspec.Struct, frozen=True):
    """A fact as the log holds it.  `data` is the very text of its JSON.

    Personal data is the ciphertext, and `key_commitment` names the person's key, so that
    destroying a key leaves every hash as it was (G05), and no second key can be put in the
    place of the first (AES-GCM alone opens under two).
    """

    event_id: UUID
    name: str
    at: datetime
    actor_kind: str
    actor: UUID | None
    session: UUID | None
    target_kind: str | None
    target: str | None
    person: UUID | None
    result: str
    reason: str | None
    request_id: str
    ref: str
    data: str
    personal_sealed: bytes | None
    key_commitment: bytes | None


class Sealed(Record, frozen=True):
    """A record in its place: `leaf` is the stored 32-byte hash."""

    seq: int
    leaf: bytes


def microseconds(at: datetime) -> int:
    """Return whole microseconds since 1970, exactly."""
    gone = at - _EPOCH_ZERO
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


def encode(tenant: UUID, epoch: int, seq: int, record: Record) -> bytes:
    """Return the canonical bytes: fixed-width head, then each field after its length.

    The length is four bytes, big-endian; an absent field is FF FF FF FF.
    """
    r = record
    parts = [_HEAD(VERSION, tenant.bytes, epoch, seq, r.event_id.bytes, microseconds(r.at))]
    for text in (r.name, r.actor_kind, r.target_kind, r.target):
        _text(parts, text)
    for identifier in (r.actor, r.session, r.person):
        _bytes(parts, None if identifier is None else identifier.bytes)
    for text in (r.result, r.reason, r.request_id, r.ref, r.data):
        _text(parts, text)
    _bytes(parts, r.personal_sealed)
    _bytes(parts, r.key_commitment)
    return b"".join(parts)


def _text(parts: list[bytes], text: str | None) -> None:
    if text is None:
        parts.append(_ABSENT)
    else:
        encoded = text.encode()
        parts.append(_LENGTH(len(encoded)))
        parts.append(encoded)


def _bytes(parts: list[bytes], content: bytes | None) -> None:
    if content is None:
        parts.append(_ABSENT)
    else:
        parts.append(_LENGTH(len(content)))
        parts.append(content)


def leaf_hash(tenant: UUID, epoch: int, seq: int, record: Record) -> bytes:
    return sha256(b"\0" + encode(tenant, epoch, seq, record)).digest()


def link(chain: bytes, leaf: bytes) -> bytes:
    """Return the chain's next value."""
    return sha256(b"\2" + chain + leaf).digest()


class Beginning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an epoch of a tenant's log begins.

    The first epoch begins after nothing.  A later one follows a restore: it begins after
    `after_seq`, the last head that was ever signed (with chain `after_chain`), while the
    restored copy ended at `kept_seq`; what lies between is lost, and said to be.
    """

    epoch: int
    after_seq: int = 0
    after_chain: bytes = bytes(32)
    kept_seq: int = 0
    kept_chain: bytes = bytes(32)

    def chain(self, tenant: UUID) -> bytes:
        """Return the value that the epoch's chain starts from."""
        numbers = (self.epoch, self.after_seq, self.kept_seq)
        packed = b"".join(number.to_bytes(8, "big") for number in numbers)
        return sha256(b"\3" + tenant.bytes + packed + self.after_chain + self.kept_chain).digest()


def epoch_of(beginnings: Sequence[Beginning], seq: int) -> Beginning | None:
    """Return the epoch that `seq` lies in; `beginnings` are in order."""
    found = None
    for beginning in beginnings:
        if beginning.after_seq < seq:
            found = beginning
    return found
