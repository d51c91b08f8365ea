"""Whom a hint names (CIBA Core §7.1): an identifier, an ID token of ours, or a client's word.

A `login_hint_token` is a JWT that the client signs with its registered keys; its `sub_id` names
the person as RFC 9493 does, by e-mail address, issuer and subject, or subject alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from limen.identity.api import User, Users
from limen.kernel.clock import Clock
from limen.kernel.ids import UserId
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader
from limen.oauth.api import Client
from limen.oauth.ciba.errors import ExpiredLoginHintToken
from limen.oauth.ciba.model import Whom
from limen.oauth.errors import InvalidRequest
from limen.oauth.hints import IdTokenHints
from limen.oauth.keysets import KeySets, source_of
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.subjects import Subjects
from limen.platform.jose.verify import InvalidToken

_TYPES: Final = (None, "jwt", "login-hint+jwt")


@dataclass(frozen=True, slots=True)
class People:
    users: Users
    hints: IdTokenHints
    subjects: Subjects
    keysets: KeySets
    clock: Clock

    async def find(self, reader: Reader, tenant: Tenant, client: Client, whom: Whom) -> User | None:
        """Return the person, whatever their state.  Raises InvalidRequest for a false token."""
        if whom.kind == "login_hint":
            return await self._identified(reader, client, whom.text)
        if whom.kind == "id_token_hint":
            claims = await self.hints.read(reader, tenant, whom.text)
            if claims is None or claims.aud != client.client_id:
                hint = "id_token_hint is no ID token of this server for this client."
                raise InvalidRequest("id_token_hint", hint=hint)
            return await self._subject(reader, client, claims.sub)
        return await self._vouched(reader, tenant, client, whom.text)

    async def _identified(self, reader: Reader, client: Client, text: str) -> User | None:
        """Find by what the client knows the person by, else by what the person signs in with."""
        found = await self._subject(reader, client, text)
        return found or await self.users.find_by_identifier(reader, text[:320])

    async def _subject(self, reader: Reader, client: Client, sub: object) -> User | None:
        """Return whom the client knows by this subject."""
        found = await self.subjects.find(reader, client, sub) if isinstance(sub, str) else None
        return None if found is None else await self.users.find(reader, UserId(found))

    async def _vouched(
        self, reader: Reader, tenant: Tenant, client: Client, token: str
    ) -> User | None:
        try:
            claims = await self.keysets.verify(
                source_of(client), token, algs=ALGORITHMS, typs=_TYPES
            )
        except InvalidToken as error:
            raise _refusal(error.reason) from error
        aud = claims.get("aud")
        audiences = cast("list[object]", aud) if isinstance(aud, list) else [aud]
        if claims.get("iss") != client.client_id or tenant.issuer not in audiences:
            raise _refusal("iss or aud")
        exp = claims.get("exp")
        if isinstance(exp, bool) or not isinstance(exp, int | float):
            raise _refusal("exp")
        if self.clock.now().timestamp() >= exp:
            raise ExpiredLoginHintToken
        return await self._named(reader, tenant, client, claims.get("sub_id"))

    async def _named(
        self, reader: Reader, tenant: Tenant, client: Client, sub_id: object
    ) -> User | None:
        named = cast("Mapping[str, Any]", sub_id if isinstance(sub_id, dict) else {})
        email = named.get("email")
        match named.get("format"):
            case "email" if isinstance(email, str):
                return await self.users.find_by_identifier(reader, email[:320])
            case "iss_sub" if named.get("iss") == tenant.issuer:
                return await self._subject(reader, client, named.get("sub"))
            case "opaque":
                return await self._subject(reader, client, named.get("id"))
            case _:
                raise _refusal("sub_id")


def _refusal(detail: str) -> InvalidRequest:
    return InvalidRequest(f"login_hint_token: {detail}", hint="login_hint_token is not valid.")
