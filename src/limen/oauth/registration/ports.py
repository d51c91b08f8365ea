"""What registrations need of the store."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from limen.kernel.uow import Reader, Tx
from limen.oauth.registration.model.terms import TokenTerms


class Registration(msgspec.Struct, frozen=True):
    """How an application registered itself; the digest is of its registration access token.

    `initial_token` is the one that let it in, if it needed one.
    """

    client_id: UUID
    token_digest: bytes
    created_at: datetime
    initial_token: UUID | None = None


class InitialToken(msgspec.Struct, frozen=True):
    """A token that lets applications register; its text was shown once."""

    id: UUID
    name: str
    terms: TokenTerms
    uses: int
    uses_left: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class RegistrationStore(Protocol):
    async def find(self, reader: Reader, client: UUID) -> Registration | None: ...
    async def add(
        self, tx: Tx, client: UUID, digest: bytes, *, initial_token: UUID | None
    ) -> None: ...
    async def replace_token(self, tx: Tx, client: UUID, before: bytes, after: bytes) -> bool:
        """True for exactly one caller with the digest of the token until now."""
        ...

    async def count(self, reader: Reader) -> int:
        """Return how many clients registered themselves, in whatever way."""
        ...

    async def unused(self, reader: Reader, lifetime: timedelta, count: int) -> Sequence[UUID]:
        """Return some that nobody allowed anything in `lifetime`, or in the last year at all."""
        ...


class InitialTokenStore(Protocol):
    async def find(self, reader: Reader, digest: bytes) -> InitialToken | None:
        """Return it while it can be used."""
        ...

    async def get(self, reader: Reader, token: UUID) -> InitialToken | None: ...
    async def list_after(
        self, reader: Reader, after: UUID | None, count: int
    ) -> list[InitialToken]: ...
    async def add(
        self, tx: Tx, token: UUID, digest: bytes, *, name: str, terms: TokenTerms, uses: int,
        lifetime: timedelta,
    ) -> None: ...  # fmt: skip
    async def use(self, tx: Tx, digest: bytes) -> UUID | None:
        """Take one use of it, of as many as there are, by the store's clock."""
        ...

    async def revoke(self, tx: Tx, token: UUID) -> bool:
        """True for exactly one caller."""
        ...

    async def purge(self, tx: Tx) -> int:
        """Delete some that ended a month ago."""
        ...
