"""Giving tokens their places, and the lists as they are read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.ids import parse_id
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Tx
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.access_claims import AccessClaims
from limen.oauth.status_lists.model import LIFETIME, PATH, TTL, TYP, packed
from limen.oauth.status_lists.store import SqlStatusLists
from limen.platform.jose.sign import sign

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Statuses:
    """Lists are made at most every five seconds, whoever asks."""

    lists: SqlStatusLists
    keys: SigningKeys
    clock: Clock
    made: dict[tuple[UUID, UUID], tuple[float, bytes]] = field(
        default_factory=dict[tuple[UUID, UUID], tuple[float, bytes]]
    )

    async def placed(self, tx: Tx, claims: AccessClaims) -> AccessClaims:
        """Return the claims with the place of the token (draft §6.2), taken in this unit."""
        expires_at = datetime.fromtimestamp(claims.exp, UTC)
        list_id, place = await self.lists.take(tx, claims.principals, expires_at)
        status: dict[str, Any] = {
            "status_list": {"idx": place, "uri": f"{claims.iss}{PATH}{list_id}"}
        }
        return msgspec.structs.replace(claims, status=status)

    async def token(self, reader: Reader, tenant: Tenant, text: str) -> bytes | None:
        """Return the signed list (draft §5.1), None where there is none."""
        list_id = parse_id(text)
        if list_id is None:
            return None
        key, now = (reader.tenant, list_id), self.clock.monotonic()
        known = self.made.get(key)
        if known is not None and now - known[0] < TTL / 2:
            return known[1]
        size = await self.lists.size(reader, list_id)
        if size is None:
            return None
        issued = int(self.clock.now().timestamp())
        content: dict[str, object] = {
            "iss": tenant.issuer,
            "sub": f"{tenant.issuer}{PATH}{list_id}",
            "iat": issued,
            "exp": issued + LIFETIME,
            "ttl": TTL,
            "status_list": {
                "bits": 1, "lst": packed(await self.lists.refused(reader, list_id), size)
            },
        }  # fmt: skip
        made = sign(await self.keys.signing(reader, "ES256"), TYP, content).encode()
        if len(self.made) >= _MOST:
            self.made.clear()
        self.made[key] = (now, made)
        return made
