"""What the rest of oauth, and the faces, may use of the keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from limen.kernel.events import EventType
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Store, Tx
from limen.platform.jose.encryption import DecryptionKey
from limen.platform.jose.keys import Jwk, SigningKey, VerifyingKey

KEY_REVOKED = EventType("key.revoked", "A signing key was revoked; its tokens are refused.")

Status = Literal["next", "active", "retired", "revoked"]


@dataclass(frozen=True, slots=True)
class KeySet:
    """What verifies now, by `kid`; the JWKS document, with keys to encrypt to; its ETag."""

    keys: Mapping[str, VerifyingKey]
    jwks: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """One key, for people.  It signs from `active_from` to `retires_at`; it is published from
    `created_at` to `expires_at`, None while no successor is due.
    """

    id: UUID
    kid: str
    alg: str
    status: Status
    jwk: Jwk
    created_at: datetime
    active_from: datetime
    retires_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class SigningKeys(Protocol):
    async def signing(self, reader: Reader, alg: str) -> SigningKey:
        """Return the key that signs now (cached).  Raises NoSigningKey."""
        ...

    async def published(self, reader: Reader) -> KeySet:
        """Return what verifies now (cached): the next keys, the signing ones, the retired."""
        ...

    async def federation(self, reader: Reader) -> KeySet:
        """Return what verifies entity statements now (cached); empty before the first."""
        ...

    async def decrypting(self, reader: Reader) -> Mapping[str, DecryptionKey]:
        """Return what opens what is encrypted to a published key now (cached), by `kid`."""
        ...

    async def create(self, tx: Tx, cause: Cause) -> None:
        """Make the first keys of a new tenant (ES256), after `Vault.create`."""
        ...

    async def ensure(self, store: Store, alg: str, cause: Cause) -> None:
        """Make keys for `alg` where there are none: before a client is registered with it.

        An algorithm of `platform.jose.encryption` gets keys that others encrypt to; the chain
        of `model.FEDERATION` is begun by its name.

        Outside any unit: an RSA key takes 50 ms and more.  Raises Invalid for an unknown one.
        """
        ...

    async def rotate(
        self, store: Store, cause: Cause, *, alg: str | None = None, at_once: bool = False
    ) -> list[KeyInfo]:
        """Let the next key sign as soon as every cache knows it, or at once; return such keys.

        No valid token is refused: what came before stays published until the last token that
        it signed has expired.  `at_once` may outrun verifiers that cache the JWKS and do not
        look again for a `kid` they do not know.  Raises Invalid, TooManyKeys, Stale.
        """
        ...

    async def revoke(
        self, store: Store, kid: str, cause: Cause, *, reason: str | None = None
    ) -> KeyInfo:
        """Take a key out at once, with every token it signed; the next key takes over.

        `reason` goes into the fact.  Raises NotFound.
        """
        ...

    async def list_(self, reader: Reader) -> list[KeyInfo]:
        """Return the keys by algorithm, newest first."""
        ...
