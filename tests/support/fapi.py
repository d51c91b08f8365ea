"""A client of FAPI 2.0: its keys, and each step of its way, with anything changed."""

import base64
import json
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from tests.support.assertions import TYPE, Keys
from tests.support.dpop import Header, ProofKey
from tests.support.oauth import VERIFIER, Answer, Provider

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions

TYP = "oauth-authz-req+jwt"


def body_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@dataclass
class Party:
    provider: Provider
    client: Client
    keys: Keys
    proofs: ProofKey

    @property
    def is_signing(self) -> bool:
        return self.client.options.profile == "fapi2_message_signing"

    def assertion(self, **changes: Any) -> dict[str, str]:
        """Return the fields that prove the client; a change to None leaves a claim out."""
        now = int(self.provider.clock.now().timestamp())
        claims = {
            "iss": self.client.client_id, "sub": self.client.client_id, "jti": str(uuid4()),
            "aud": self.provider.tenant.issuer, "iat": now, "exp": now + 60, **changes,
        }  # fmt: skip
        said = {name: value for name, value in claims.items() if value is not None}
        return {"client_assertion_type": TYPE, "client_assertion": self.keys.token(said)}

    def asked(self, **changes: str | None) -> dict[str, str]:
        """Return the parameters of the authorization request, in an object where it must be."""
        mode = "jwt" if self.is_signing else None
        values = self.provider.authorization(self.client, **{"response_mode": mode, **changes})
        return self.signed(values) if self.is_signing else values

    def signed(self, values: dict[str, str], **claims: Any) -> dict[str, str]:
        now = int(self.provider.clock.now().timestamp())
        whole = {
            **values, "iss": self.client.client_id, "aud": self.provider.tenant.issuer,
            "nbf": now, "exp": now + 300, **claims,
        }  # fmt: skip
        text = self.keys.token({k: v for k, v in whole.items() if v is not None}, typ=TYP)
        return {"client_id": self.client.client_id, "request": text}

    async def push(self, fields: dict[str, str], *headers: Header, **claims: Any) -> Answer:
        return await self.provider.form("/oauth2/par", fields | self.assertion(**claims), *headers)

    async def pushed(self, **changes: str | None) -> dict[str, str]:
        answer = await self.push(self.asked(**changes))
        assert answer.status == 201, answer.body
        return {"client_id": self.client.client_id, "request_uri": answer.json["request_uri"]}

    async def code(self, secret: str, **changes: str | None) -> str:
        answer = await self.provider.authorize(await self.pushed(**changes), secret)
        if "/consent?" in answer.location:
            await self.provider.approve(answer, secret)
            answer = await self.provider.resume(answer, secret)
        assert answer.status == 303
        found = answer.query
        if self.is_signing:
            assert set(found) == {"response"}
            found = body_of(found["response"])
        assert found["iss"] == self.provider.tenant.issuer
        return found["code"]

    def redemption(self, code: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER,
            "redirect_uri": self.client.redirect_uris[0],
        }  # fmt: skip

    async def token(self, fields: dict[str, str], *headers: Header, **claims: Any) -> Answer:
        """Ask with a proof of the key, or with `headers` in its place."""
        chosen = headers or (self.proofs.header(),)
        return await self.provider.token(fields | self.assertion(**claims), *chosen)

    async def tokens(self, secret: str, **changes: str | None) -> dict[str, Any]:
        answer = await self.token(self.redemption(await self.code(secret, **changes)))
        assert answer.status == 200, answer.body
        return answer.json

    async def again(self) -> "Party":
        """Return the same party with its client as it is stored now."""
        found = await self.provider.oauth.clients.get(self.provider.store, self.client.id)
        return replace(self, client=found)


async def party(
    provider: Provider, profile: Any = "fapi2", *, alg: Any = "ES256", **options: Any
) -> Party:
    keys = Keys(alg)
    values = {"jwks": keys.jwks, "dpop_bound_access_tokens": True, "profile": profile, **options}
    client = await provider.client(auth_method="private_key_jwt", options=ClientOptions(**values))
    return Party(provider, client, keys, ProofKey(provider))
