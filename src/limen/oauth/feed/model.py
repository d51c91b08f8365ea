"""Which facts end tokens, whom they concern, and what the feed says of them.  Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from limen.oauth.api import Client
from limen.oauth.model.resources import Catalog, reach_of

TYP: Final = "revocations+jwt"
About = Literal["token", "family", "grant", "session", "user", "client", "key"]
FACTS: Final[dict[str, About]] = {
    "token.revoked": "token",
    "code.replayed": "token",
    "token_family.revoked": "family",
    "grant.revoked": "grant",
    "session.ended": "session",
    "user.suspended": "user",
    "user.deactivated": "user",
    "user.deleted": "user",
    "client.disabled": "client",
    "client.deleted": "client",
    "key.revoked": "key",
}


class Fact(msgspec.Struct, frozen=True):
    """A fact as it was sealed."""

    seq: int
    name: str
    at: datetime
    target_kind: str | None
    target: str | None
    person: UUID | None
    data: str

    @property
    def says(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.data)
        return found

    @property
    def client(self) -> UUID | None:
        """Whose token or grant it was."""
        named = self.target if self.target_kind == "client" else self.says.get("client")
        return UUID(named) if named else None


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Refuse every token with this claim (`kid`: in its header) that was issued by `before`.

    Exactly one of the claims is set.  `before` is in Unix seconds.
    """

    before: int
    jti: str | None = None
    fid: str | None = None
    gid: str | None = None
    sid: str | None = None
    sub: str | None = None
    client_id: str | None = None
    kid: str | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A resource server, and what it has to do with; `exchanging` bring anybody's tokens."""

    client: Client
    issuer: str
    catalog: Catalog
    exchanging: tuple[Client, ...] = ()

    @property
    def audiences(self) -> frozenset[str]:
        return frozenset(self.client.audiences)

    def takes(self, resources: Collection[str]) -> bool:
        """True where tokens with these resources are for it; none means our own endpoints."""
        return not self.audiences.isdisjoint(resources or (self.issuer,))

    def serves(self, client: Client) -> bool:
        """True where the client may get tokens for it."""
        return not self.audiences.isdisjoint(reach_of(client, self.catalog))


def before_of(fact: Fact) -> int:
    """Return the second within which the fact happened: what it issued counts as before."""
    return int(fact.at.timestamp())


def unique(entries: Iterable[Entry]) -> list[Entry]:
    return list(dict.fromkeys(entries))
