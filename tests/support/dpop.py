"""A client's DPoP key, and the proofs that it makes: right ones, and any wrong one."""

import base64
import json
from hashlib import sha256
from typing import Any
from uuid import uuid4

from tests.support.oauth import ISSUER, Provider

from limen.platform.jose.algorithms import ALGORITHMS, Alg
from limen.platform.jose.keys import SigningKey

Header = tuple[str, str]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class ProofKey:
    """`claims` and `header` of a proof replace what a right one has; None leaves one out."""

    def __init__(self, provider: Provider, alg: Alg = "ES256") -> None:
        self.provider, self.alg = provider, alg
        self.key = SigningKey.generate(alg)
        public = self.key.public.jwk
        self.jwk = {
            name: public[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in public
        }

    @property
    def jkt(self) -> str:
        return self.key.kid

    def proof(
        self,
        path: str = "/oauth2/token",
        method: str = "POST",
        *,
        token: str | None = None,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        head = {"typ": "dpop+jwt", "alg": self.alg, "jwk": self.jwk, **(header or {})}
        body: dict[str, Any] = {
            "jti": str(uuid4()), "htm": method, "htu": self.provider.tenant.issuer + path,
            "iat": int(self.provider.clock.now().timestamp()),
        }  # fmt: skip
        if token is not None:
            body["ath"] = b64(sha256(token.encode()).digest())
        body |= claims
        return self.signed(
            {k: v for k, v in head.items() if v is not None},
            {k: v for k, v in body.items() if v is not None},
        )

    def signed(self, head: dict[str, Any], body: dict[str, Any]) -> str:
        message = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"
        signature = ALGORITHMS[self.alg].sign(self.key.private, message.encode())
        return f"{message}.{b64(signature)}"

    def header(self, *arguments: Any, **changes: Any) -> Header:
        return "dpop", self.proof(*arguments, **changes)

    def using(self, token: str, path: str, method: str = "GET", **changes: Any) -> list[Header]:
        """Return the headers of a request that uses a bound token."""
        return [
            ("authorization", f"DPoP {token}"),
            self.header(path, method, token=token, **changes),
        ]


__all__ = ["ISSUER", "ProofKey", "b64"]
