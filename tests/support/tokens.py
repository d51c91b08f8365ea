"""Tokens for tests: right ones, and ones put together wrongly on purpose."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import pytest

from limen.platform.jose.algorithms import ALGORITHMS, ALGS, Alg
from limen.platform.jose.keys import SigningKey, VerifyingKey
from limen.platform.jose.verified import VerifiedTokens
from limen.platform.jose.verify import Expect, InvalidToken, verify

NOW = 1_750_000_000
ISSUER = "https://id.example.com"
AUDIENCE = "https://api.example.com"


class Claims(msgspec.Struct, kw_only=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: int
    iat: int
    jti: str
    scope: str = ""


EXPECT = Expect(
    typ="at+jwt", issuer=ISSUER, audience=AUDIENCE, claims=Claims, max_lifetime=24 * 3600
)

CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "sub": "0197-user",
    "aud": AUDIENCE,
    "exp": NOW + 900,
    "iat": NOW,
    "jti": "t-1",
    "scope": "openid",
}


def a_key(alg: Alg = "ES256", number: int = 0) -> SigningKey:
    """Return the same key each time; another for another number."""
    return _key(alg, number)


@cache
def _key(alg: Alg, _: int) -> SigningKey:
    return SigningKey.generate(alg)


def key_set(*keys: SigningKey) -> dict[str, VerifyingKey]:
    return {key.kid: key.public for key in keys or (a_key(),)}


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(*dropped: str, **changed: Any) -> dict[str, Any]:
    return {name: value for name, value in {**CLAIMS, **changed}.items() if name not in dropped}


def header(key: SigningKey, *dropped: str, **changed: Any) -> dict[str, Any]:
    whole = {"alg": key.alg, "kid": key.kid, "typ": "at+jwt", **changed}
    return {name: value for name, value in whole.items() if name not in dropped}


def forge(
    head: Mapping[str, Any] | bytes, payload: Mapping[str, Any] | bytes, key: SigningKey
) -> str:
    """Return a token of any header and payload with a right signature of `key`."""
    parts = [
        b64(part if isinstance(part, bytes) else json.dumps(part).encode())
        for part in (head, payload)
    ]
    message = ".".join(parts)
    return f"{message}.{b64(ALGORITHMS[key.alg].sign(key.private, message.encode()))}"


def a_token(key: SigningKey | None = None, *dropped: str, **changed: Any) -> str:
    """Return a right token, but for claims that are dropped or changed."""
    key = key or a_key()
    return forge(header(key), claims(*dropped, **changed), key)


Case = tuple[str, str, str]
"""A wrong token: what it is, the reason it is refused for, and the token."""


def refused(token: str, reason: str, expect: Expect[Any] = EXPECT, now: float = NOW) -> None:
    """Assert that the token is refused for this reason, remembered tokens or not."""
    keys = key_set(*(a_key(alg) for alg in ALGS))
    for look in (verify, VerifiedTokens().verify):
        with pytest.raises(InvalidToken) as caught:
            look(token, keys, expect, now=now)
        assert caught.value.reason.split(":")[0] == reason


def each(cases: list[Case]) -> Any:
    """Run a test for each case, under a name that is the same in every process."""
    return pytest.mark.parametrize(
        ("reason", "token"),
        [pytest.param(reason, token, id=name) for name, reason, token in cases],
    )
