"""Assertions of clients, right and wrong, put together by hand so that nothing corrects them."""

import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.fakes.clock import FrozenClock

from limen.oauth.api import Client
from limen.platform.jose import base64url
from limen.platform.jose.algorithms import ALGORITHMS, Alg
from limen.platform.jose.keys import SigningKey

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ISSUER = "http://localhost:8400"


def encoded(value: Any) -> bytes:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64url.encode(raw)


def compact(header: Any, claims: Any, sign: Any) -> str:
    message = encoded(header) + b"." + encoded(claims)
    return (message + b"." + base64url.encode(sign(message))).decode()


@dataclass
class Keys:
    """A client's signature key; `kid` None leaves it out of header and JWK."""

    alg: Alg = "ES256"
    kid: str | None = "k1"
    key: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = SigningKey.generate(self.alg)

    @property
    def jwk(self) -> dict[str, Any]:
        parts = {k: v for k, v in self.key.public.jwk.items() if k != "kid"}
        return parts if self.kid is None else {**parts, "kid": self.kid}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.jwk]}

    def sign(self, message: bytes) -> bytes:
        return ALGORITHMS[self.alg].sign(self.key.private, message)

    def token(self, claims: Any, **header: Any) -> str:
        whole = {"alg": self.alg, "kid": self.kid, **header}
        return compact({k: v for k, v in whole.items() if v is not None}, claims, self.sign)


def claims_of(client: Client, clock: FrozenClock, **changes: Any) -> dict[str, Any]:
    """Return right claims for the issuer; a change to None leaves a claim out."""
    now = int(clock.now().timestamp())
    values = {
        "iss": client.client_id, "sub": client.client_id, "aud": ISSUER, "iat": now,
        "exp": now + 60, "jti": str(uuid4()), **changes,
    }  # fmt: skip
    return {k: v for k, v in values.items() if v is not None}


def by_secret(secret: str | None, claims: Any, **header: Any) -> str:
    whole = {"alg": "HS256", **header}
    key = (secret or "").encode()
    return compact(whole, claims, lambda message: hmac.digest(key, message, "sha256"))


def asserted(token: str, /, **fields: str) -> dict[str, str]:
    """Return the form of a client credentials request with this assertion."""
    return {
        "grant_type": "client_credentials", "client_assertion_type": TYPE,
        "client_assertion": token, **fields,
    }  # fmt: skip
