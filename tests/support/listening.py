"""A transmitter of security events, right and wrong, and the source that we listen to it by."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from tests.support.assertions import Keys
from tests.support.oauth import CAUSE, Answer, Provider

from limen.access.api import Subject

ISSUER = "https://idp.example.org"
REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
DISABLED = "https://schemas.openid.net/secevent/risc/event-type/account-disabled"
COMPROMISED = "https://schemas.openid.net/secevent/risc/event-type/credential-compromise"
EMAIL = {"format": "email", "email": "ada@example.com"}


@dataclass
class Listening:
    """`source` is one that ends sessions and suspends; `ada` is known by her address."""

    provider: Provider
    root: str = ""
    ada: Any = None
    session: Any = None
    source: dict[str, Any] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)

    async def api(self, method: str, path: str = "", body: Any = None, token: str = "") -> Answer:
        path = f"/api/v1/signal-sources{path}"
        return await self.provider.api_call(token or self.root, method, path, body)

    async def listen(self, **changes: Any) -> dict[str, Any]:
        body = {
            "name": "IdP", "issuer": ISSUER, "jwks": self.keys.jwks, "match_email": True,
            "actions": {
                "caep:session-revoked": ["end_sessions"], DISABLED: ["suspend"],
                "risc:credential-compromise": ["demand_password"],
            }, **changes,
        }  # fmt: skip
        made = await self.api("POST", "", body)
        assert made.status == 201, made.body
        return made.json["data"]

    def claims(self, uri: str = REVOKED, subject: Any = None, **changes: Any) -> dict[str, Any]:
        values = {
            "iss": ISSUER, "aud": self.provider.tenant.issuer, "jti": str(uuid4()),
            "iat": int(self.provider.clock.now().timestamp()),
            "sub_id": EMAIL if subject is None else subject, "events": {uri: {}}, **changes,
        }  # fmt: skip
        return {k: v for k, v in values.items() if v is not None}

    def token(self, claims: Any = None, **header: Any) -> str:
        return self.keys.token(
            self.claims() if claims is None else claims, **{"typ": "secevent+jwt", **header}
        )

    async def push(self, token: str | bytes, **changes: Any) -> Answer:
        path = changes.get("path", f"/ssf/sources/{self.source['id']}/events")
        secret = changes.get("secret", self.source["push_secret"])
        headers = [("content-type", changes.get("kind", "application/secevent+jwt"))]
        headers += [("authorization", f"Bearer {secret}")] if secret else []
        body = token.encode() if isinstance(token, str) else token
        return await self.provider.send("POST", path, body=body, headers=headers)

    async def is_signed_in(self, user: Any = None) -> bool:
        found = await self.provider.sessions.list_of(self.provider.store, (user or self.ada).id)
        return bool(found)

    async def status(self, user: Any = None) -> str:
        user = user or self.ada
        return (await self.provider.users.get(self.provider.store, user.id)).status

    async def give(self, user: Any, role: str) -> None:
        roles = self.provider.roles
        await self.provider.store.transact(
            lambda tx: roles.assign(tx, Subject("user", user.id), role, CAUSE, by=None)
        )

    async def mint(self, user: Any, *scopes: str) -> str:
        return await self.provider.oauth.admin_tokens.mint(
            self.provider.store, self.provider.tenant, user=user, client=None, scopes=scopes,
            cause=CAUSE,
        )  # fmt: skip


@pytest.fixture
async def listening(provider: Provider) -> Listening:
    found = Listening(provider)
    await provider.tenants.by_slug("default")
    root = await provider.person("root@example.com")
    await found.give(root, "administrator")
    found.root = await found.mint(root)
    found.ada = await provider.person()
    _, found.session = await provider.sign_in(found.ada)
    found.source = await found.listen()
    return found
