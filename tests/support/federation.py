"""A federation of others: entities that say what a test wants, on one web server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from tests.support.issuers import manage
from tests.support.oauth import CHALLENGE, Answer, Provider
from tests.support.websites import Asked, Website, page

from limen.platform.jose.algorithms import Alg
from limen.platform.jose.keys import SigningKey
from limen.platform.jose.sign import sign

STATEMENT = "entity-statement+jwt"
BACK = "https://app.example/cb"


def jwks_of(*keys: SigningKey) -> dict[str, Any]:
    return {"keys": [dict(key.public.jwk) for key in keys]}


@dataclass
class Entity:
    """One entity; `says` changes what it says of itself, `about` what of each subordinate."""

    provider: Provider
    site: Website
    path: str
    alg: Alg = "ES256"
    superiors: list["Entity"] = field(default_factory=list)
    says: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    about: dict[str, dict[str, Any]] = field(default_factory=dict)
    subordinates: dict[str, "Entity"] = field(default_factory=dict)
    key: SigningKey = field(init=False)
    app_key: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        self.key, self.app_key = SigningKey.generate(self.alg), SigningKey.generate("ES256")
        self.site.pages[f"{self.path}/.well-known/openid-federation"] = self._configured
        self.site.pages[f"{self.path}/fetch"] = self._fetched

    @property
    def id(self) -> str:
        return self.site.url(self.path)

    @property
    def now(self) -> int:
        return int(self.provider.clock.now().timestamp())

    def under(self, *superiors: "Entity") -> "Entity":
        for superior in superiors:
            self.superiors.append(superior)
            superior.subordinates[self.id] = self
            superior.about.setdefault(self.id, {})
        return self

    def signed(self, claims: Mapping[str, Any], typ: str = STATEMENT) -> str:
        return sign(self.key, typ, {k: v for k, v in claims.items() if v is not None})

    def configuration(self, **changes: Any) -> str:
        found = {
            "iss": self.id, "sub": self.id, "iat": self.now, "exp": self.now + 3600,
            "jwks": jwks_of(self.key), "metadata": self.metadata,
        }  # fmt: skip
        if self.superiors:
            found["authority_hints"] = [superior.id for superior in self.superiors]
        if self.about:
            endpoint = {"federation_fetch_endpoint": f"{self.id}/fetch"}
            found["metadata"] = {**self.metadata, "federation_entity": endpoint}
        return self.signed({**found, **self.says, **changes})

    def statement(self, subject: "Entity", **changes: Any) -> str:
        found = {
            "iss": self.id, "sub": subject.id, "iat": self.now, "exp": self.now + 3600,
            "jwks": jwks_of(subject.key),
        }  # fmt: skip
        return self.signed({**found, **self.about.get(subject.id, {}), **changes})

    def _configured(self, asked: Asked) -> bytes:
        del asked
        return as_statement(self.configuration())

    def _fetched(self, asked: Asked) -> bytes:
        [subject] = parse_qs(urlsplit(asked.path).query)["sub"]
        found = self.subordinates.get(subject)
        return (
            page(b"{}", "404 Not Found") if found is None else as_statement(self.statement(found))
        )

    # A relying party

    def is_app(self, **changes: Any) -> "Entity":
        found = {
            "client_name": "Shop", "redirect_uris": [BACK], "jwks": jwks_of(self.app_key),
            "client_registration_types": ["automatic", "explicit"],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "private_key_jwt", "response_types": ["code"],
        }  # fmt: skip
        given = {name: value for name, value in (found | changes).items() if value is not None}
        self.metadata["openid_relying_party"] = given
        return self

    def request(self, **changes: Any) -> str:
        """Return a signed request object."""
        return self.by_app("oauth-authz-req+jwt", {**self.asked(), **changes})

    def asked(self) -> dict[str, Any]:
        return {
            "iss": self.id, "client_id": self.id, "aud": self.provider.tenant.issuer,
            "iat": self.now, "exp": self.now + 300, "jti": uuid4().hex, "scope": "openid",
            "response_type": "code", "redirect_uri": BACK, "state": "s", "nonce": "n",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip

    def by_app(self, typ: str, claims: Mapping[str, Any], key: SigningKey | None = None) -> str:
        given = {k: v for k, v in claims.items() if v is not None}
        return sign(key or self.app_key, typ, given)

    def assertion(self, **changes: Any) -> str:
        found = {
            "iss": self.id, "sub": self.id, "aud": self.provider.tenant.issuer,
            "iat": self.now, "exp": self.now + 60, "jti": uuid4().hex,
        }  # fmt: skip
        return self.by_app("JWT", found | changes)

    def credentials(self) -> dict[str, str]:
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return {"client_assertion_type": kind, "client_assertion": self.assertion()}

    async def ask(self, browser: str | None = None, **changes: Any) -> Answer:
        """Ask for a code by a request object; `changes` are in it."""
        parameters = {"client_id": self.id, "request": self.request(**changes)}
        return await self.provider.authorize(parameters, browser)


def as_statement(token: str) -> bytes:
    return page(token.encode(), content_type="application/entity-statement+jwt")


async def federate(provider: Provider, *anchors: Entity, **changes: Any) -> None:
    """Switch federation on, with these trust anchors."""
    trusted = [{"entity_id": one.id, "jwks": jwks_of(one.key)} for one in anchors]
    body = {"federation": True, "federation_trust_anchors": trusted, **changes}
    answer = await manage(provider, "PATCH", "/api/v1/oauth-policy", body)
    assert answer.status == 200, answer.body
    await provider.snapshots.poll()


async def subordinate(provider: Provider, entity: Entity, **changes: Any) -> Any:
    """Make the entity a subordinate of our tenant."""
    body = {"entity_id": entity.id, "jwks": jwks_of(entity.key), **changes}
    answer = await manage(provider, "POST", "/api/v1/federation-subordinates", body)
    assert answer.status == 201, answer.body
    return answer.json["data"]
