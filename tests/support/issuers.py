"""Another issuer, with keys of its own, whose tokens a test makes at will."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.support.oauth import CAUSE, Answer, Provider

from limen.oauth.api import Client
from limen.platform.jose import base64url
from limen.platform.jose.algorithms import Alg
from limen.platform.jose.keys import SigningKey
from limen.platform.jose.sign import sign

IDP = "https://idp.example.com"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class ForeignIssuer:
    """`provider` is who its tokens are for."""

    provider: Provider
    name: str = IDP
    alg: Alg = "ES256"
    key: SigningKey = field(init=False)
    id: str = ""

    def __post_init__(self) -> None:
        self.key = SigningKey.generate(self.alg)

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [dict(self.key.public.jwk)]}

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return what a usual token says; None leaves a claim out."""
        now = int(self.provider.clock.now().timestamp())
        found = {
            "iss": self.name, "sub": "subject-1", "aud": self.provider.tenant.issuer,
            "iat": now, "exp": now + 300, "jti": uuid4().hex,
        }  # fmt: skip
        return {name: value for name, value in (found | changes).items() if value is not None}

    def token(self, *, typ: str = "JWT", **changes: Any) -> str:
        return sign(self.key, typ, self.claims(**changes))

    def jag(self, client: Client, **changes: Any) -> str:
        return self.token(typ="oauth-id-jag+jwt", client_id=client.client_id, **changes)

    async def trust(self, **settings: Any) -> Any:
        """Let the provider's tenant trust it, by the management API; return its view."""
        body = {"name": "Other", "issuer": self.name, **settings}
        if not body.keys() & {"jwks", "jwks_uri"}:
            body["jwks"] = self.jwks
        answer = await manage(self.provider, "POST", "/api/v1/trusted-issuers", body)
        assert answer.status == 201, answer.body
        self.id = answer.json["data"]["id"]
        return answer.json["data"]

    async def change(self, **changes: Any) -> Answer:
        path = f"/api/v1/trusted-issuers/{self.id}"
        return await manage(self.provider, "PATCH", path, changes)

    async def switch(self, verb: str) -> None:
        path = f"/api/v1/trusted-issuers/{self.id}/{verb}"
        answer = await manage(self.provider, "POST", path)
        assert answer.status == 200, answer.body

    async def link(self, user: Any, subject: str = "subject-1") -> Any:
        path = f"/api/v1/trusted-issuers/{self.id}/subjects"
        body = {"subject": subject, "user": str(user.id)}
        answer = await manage(self.provider, "POST", path, body)
        assert answer.status == 201, answer.body
        return answer.json["data"]


async def manage(provider: Provider, method: str, path: str, body: Any = None) -> Answer:
    """Call the management API as an administrator of the tenant."""
    users = provider.users
    admin = await users.find_by_email(provider.store, "issuers@example.com")
    if admin is None:
        from limen.access.api import ADMINISTRATOR, Subject

        admin = await provider.person("issuers@example.com")
        await provider.store.transact(
            lambda tx: provider.roles.assign(
                tx, Subject("user", admin.id), ADMINISTRATOR, CAUSE, by=None
            )
        )
    token = await provider.oauth.admin_tokens.mint(
        provider.store, provider.tenant, user=admin, client=None, scopes=(), cause=CAUSE
    )
    return await provider.api_call(token, method, path, body)


def tampered(token: str, header: dict[str, Any]) -> str:
    """Return the token under another header, its signature as it was."""
    import json

    _, claims, signature = token.split(".")
    return f"{base64url.encode(json.dumps(header).encode()).decode()}.{claims}.{signature}"
