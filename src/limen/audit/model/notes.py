"""Signed heads: checkpoints in the public note format, signed with Ed25519 (RFC 8032).

    limen/0198c1f0-…/1            origin: tenant and epoch
    1027                          leaves in the epoch's tree
    n0t2Zk…=                      its root hash
    seq 1027                      our own lines: the last seq,
    chain 8mQ2…=                  the chain's value,
    at 2026-11-22T06:30:30.000001Z  and the time of signing

    — limen/0198c1f0-… fGh2…=     key name, then key hash and signature

This is C2SP's `signed-note` and `tlog-checkpoint`, so that their tools read it.
"""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from limen.audit.model.tree import Head
from limen.kernel.ids import parse_id

_ED25519 = b"\1"
_DASH = "— "


class BadNote(ValueError):  # noqa: N818 - says what it is
    """A text that is no checkpoint of ours."""


class Checkpoint(msgspec.Struct, frozen=True):
    """What a note says.  `seq` is the last one that it covers."""

    tenant: UUID
    epoch: int
    size: int
    root: bytes
    seq: int
    chain: bytes
    at: str


class VerifyKey(msgspec.Struct, frozen=True):
    """A public key of a tenant's log: 32 bytes of Ed25519."""

    tenant: UUID
    public: bytes

    @property
    def name(self) -> str:
        return f"limen/{self.tenant}"

    @property
    def hash(self) -> bytes:
        return sha256(f"{self.name}\n".encode() + _ED25519 + self.public).digest()[:4]

    def text(self) -> str:
        """Return the key as note tools write it: name+hash+key."""
        return f"{self.name}+{self.hash.hex()}+{_b64(_ED25519 + self.public)}"

    def verifies(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_key(text: str) -> VerifyKey:
    """Return the key that `text` spells.  Raises BadNote."""
    name, _, rest = text.strip().partition("+")
    key_hash, _, encoded = rest.partition("+")
    content = _unb64(encoded)
    if not name.startswith("limen/") or content[:1] != _ED25519 or len(content) != 33:
        raise BadNote("no Ed25519 key of a log")
    key = VerifyKey(_uuid(name.removeprefix("limen/")), content[1:])
    if key.hash.hex() != key_hash:
        raise BadNote("the key's hash is wrong")
    return key


def body_of(tenant: UUID, head: Head, at: datetime) -> bytes:
    """Return the text that is signed."""
    lines = (
        f"limen/{tenant}/{head.epoch}",
        str(head.size),
        _b64(head.root),
        f"seq {head.seq}",
        f"chain {_b64(head.chain)}",
        f"at {instant(at)}",
    )
    return ("\n".join(lines) + "\n").encode()


def instant(at: datetime) -> str:
    """Return a time in UTC to the microsecond, in the one form whose text order is its order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def sign(body: bytes, key: VerifyKey, signer: Callable[[bytes], bytes]) -> str:
    """Return the note."""
    signature = _b64(key.hash + signer(body))
    return f"{body.decode()}\n{_DASH}{key.name} {signature}\n"


def parse(note: str) -> Checkpoint:
    """Return what the note says, its signature unchecked.  Raises BadNote."""
    lines = note.partition("\n\n")[0].split("\n")
    if len(lines) != 6 or not (lines[3].startswith("seq ") and lines[4].startswith("chain ")):
        raise BadNote("no checkpoint of a log")
    origin = lines[0].split("/")
    if len(origin) != 3 or origin[0] != "limen" or not lines[5].startswith("at "):
        raise BadNote("no checkpoint of a log")
    return Checkpoint(
        tenant=_uuid(origin[1]),
        epoch=_number(origin[2]),
        size=_number(lines[1]),
        root=_unb64(lines[2]),
        seq=_number(lines[3][4:]),
        chain=_unb64(lines[4][6:]),
        at=lines[5][3:],
    )


def signer_of(note: str, keys: Sequence[VerifyKey]) -> VerifyKey | None:
    """Return which of `keys` signed the note, None if none did."""
    text, blank, signatures = note.partition("\n\n")
    if not blank:
        return None
    body = text.encode() + b"\n"
    for line in signatures.split("\n"):
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        content = _unb64(encoded) if line.startswith(_DASH) else b""
        for key in keys:
            if key.name == name and content[:4] == key.hash and key.verifies(body, content[4:]):
                return key
    return None


def _b64(content: bytes) -> str:
    return b64encode(content).decode()


def _unb64(text: str) -> bytes:
    try:
        content = b64decode(text, validate=True)
    except (Error, ValueError) as error:
        raise BadNote("not base64") from error
    if _b64(content) != text:
        raise BadNote("not the canonical base64")
    return content


def _uuid(text: str) -> UUID:
    found = parse_id(text)
    if found is None:
        raise BadNote("no tenant")
    return found


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or (text != "0" and text.startswith("0")):
        raise BadNote(f"no number: {text[:20]!r}")
    return int(text)
