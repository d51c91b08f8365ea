"""Encryption at rest, as seen by contexts: master key -> tenant key -> person key."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from limen.kernel.uow import Reader, Tx


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lives; bound to it as associated data (R141)."""

    table: str
    column: str
    row: UUID | str


class PersonKey(Protocol):
    """One person's key: destroying it makes what it sealed unreadable."""

    @property
    def commitment(self) -> bytes:
        """32 bytes that name the key, so that no second key opens the same ciphertext."""
        ...

    def seal(self, place: Place, plain: bytes) -> bytes: ...

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Raises CannotOpen."""
        ...


class Keyring(Protocol):
    """One tenant's keys, unwrapped."""

    def seal(self, place: Place, plain: bytes) -> bytes:
        """Return key id, nonce, ciphertext and tag (AES-256-GCM) in one string of bytes."""
        ...

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Raises CannotOpen for another place, tenant or key, and for changed bytes."""
        ...

    def mac(self, purpose: str, message: bytes) -> bytes:
        """Return the 32-byte HMAC-SHA-256 under a key derived for `purpose`."""
        ...


class Vault(Protocol):
    async def keyring(self, reader: Reader) -> Keyring:
        """Return the keys of the reader's tenant (cached); a new tenant's are made on creation."""
        ...

    async def create(self, tx: Tx) -> None:
        """Make the tenant key of a new tenant, in the transaction that creates it."""
        ...

    async def person(self, tx: Reader, user: UUID) -> PersonKey | None:
        """Return a person's key, or None if it was destroyed or never made."""
        ...

    async def create_person(self, tx: Tx, user: UUID) -> PersonKey:
        """Make a new person's key."""
        ...

    async def destroy_person(self, tx: Tx, user: UUID) -> None:
        """Destroy it; the id goes to the list that a restore applies again."""
        ...


class CannotOpen(Exception):  # noqa: N818 - says what happened
    """A sealed value that this key, at this place, does not open."""
