"""Software statements: metadata that somebody whom the tenant trusts has signed (RFC 7591 §2.3)."""

from collections.abc import Mapping
from typing import Any, Final

from limen.kernel.clock import Clock
from limen.oauth.keysets import KeySets, KeySource
from limen.oauth.options import OAuthPolicy
from limen.oauth.registration.errors import (
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
)
from limen.platform.jose.algorithms import ALGS
from limen.platform.jose.foreign import read
from limen.platform.jose.verify import InvalidToken

MAX_SIZE: Final = 16 * 1024
_TYPS: Final = (None, "jwt", "software-statement+jwt")
_TIMES: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement"})
_SKEW: Final = 60


class SoftwareStatements:
    def __init__(self, keysets: KeySets, clock: Clock) -> None:
        self._keysets, self._clock = keysets, clock

    async def read(self, statement: object, policy: OAuthPolicy) -> Mapping[str, Any]:
        """Return the metadata that a trusted statement says; it goes before what is said plainly.

        Raises InvalidSoftwareStatement, UnapprovedSoftwareStatement.
        """
        if not isinstance(statement, str):
            raise InvalidSoftwareStatement("no text")
        try:
            unverified = read(statement, max_size=MAX_SIZE)
        except InvalidToken as error:
            raise InvalidSoftwareStatement(str(error)) from error
        source = _source(policy, unverified.claims.get("iss"))
        try:
            claims = await self._keysets.verify(
                source, unverified, algs=ALGS, typs=_TYPS, max_size=MAX_SIZE
            )
        except InvalidToken as error:
            raise InvalidSoftwareStatement(str(error)) from error
        self._check_times(claims)
        return {name: value for name, value in claims.items() if name not in _TIMES}

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        """A statement may live for long, and without an end; an end that it has counts (R040)."""
        now = self._clock.now().timestamp()
        for name, sign in (("exp", -1), ("nbf", 1), ("iat", 1)):
            at = claims.get(name)
            if at is None:
                continue
            if not isinstance(at, int) or isinstance(at, bool) or sign * (at - now) > _SKEW:
                raise InvalidSoftwareStatement(name)


def _source(policy: OAuthPolicy, issuer: object) -> KeySource:
    for trusted in policy.software_statement_issuers:
        if trusted.issuer == issuer:
            return KeySource(trusted.jwks, trusted.jwks_uri)
    raise UnapprovedSoftwareStatement("issuer")
