"""Believing others' tokens: a trusted issuer, its keys, and everything about the claims (R039).

Nothing is kept here and no unit is open: keys may have to be fetched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from limen.kernel.clock import Clock
from limen.kernel.errors import Unavailable
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader
from limen.oauth.assertions.directory import TrustedIssuers
from limen.oauth.assertions.model.claims import Expected, check_claims
from limen.oauth.assertions.model.issuers import TrustedIssuer, Use
from limen.oauth.keysets import KeySets, KeySource
from limen.platform.fetch import Fetcher, FetchFailed
from limen.platform.jose.foreign import Unverified, read
from limen.platform.jose.verify import InvalidToken

ID_JAG_TYP: Final = "oauth-id-jag+jwt"
REPLAYS: Final = "assertion"
"""The kind of what is claimed: one for every use, so that nothing is used twice by two ways."""
_USUAL_TYPS: Final = (None, "jwt")
_MAX_DOCUMENT: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Believed:
    """A genuine token of an issuer that the tenant trusts for this use.

    `jti` is None only where the issuer's tokens may be used again.  `expires_at` is in Unix
    seconds.
    """

    issuer: TrustedIssuer
    claims: Mapping[str, Any]
    subject: str
    jti: str | None
    expires_at: int

    @property
    def replay_key(self) -> str | None:
        """Return what is claimed, so that it is used once; None where it may be used again."""
        return None if self.jti is None else f"{self.issuer.id}:{self.jti}"


class Believing:
    def __init__(
        self, issuers: TrustedIssuers, keysets: KeySets, fetcher: Fetcher, clock: Clock
    ) -> None:
        self._issuers, self._keysets = issuers, keysets
        self._fetcher, self._clock = fetcher, clock

    async def believe(self, reader: Reader, tenant: Tenant, token: str, use: Use) -> Believed:
        """Return what a token says, once everything about it is right.

        Raises InvalidToken; Unavailable where the issuer's keys cannot be had for now.
        """
        unverified = read(token)
        trusted = await self._trusted(reader, unverified, use)
        settings = trusted.settings
        typs = (ID_JAG_TYP,) if use == "id_jag" else _USUAL_TYPS
        source = await self._source(trusted)
        try:
            claims = await self._keysets.verify(
                source, unverified, algs=settings.algorithms, typs=typs
            )
        except InvalidToken as error:
            if error.reason.startswith("keys"):
                raise Unavailable(f"{trusted.issuer}: {error.reason}") from error
            raise
        expected = _expected(tenant, trusted, use)
        subject, jti, expires_at = check_claims(claims, expected, self._clock.now().timestamp())
        for condition in settings.conditions:
            if not condition.holds(claims):
                raise InvalidToken("condition")
        return Believed(trusted, claims, subject, jti if expected.once else None, expires_at)

    async def knows(self, reader: Reader, token: str) -> bool:
        """True if a token names a trusted issuer; nothing about it is believed."""
        try:
            name = read(token).claims.get("iss")
        except InvalidToken:
            return False
        return isinstance(name, str) and await self._issuers.find(reader, name) is not None

    async def _trusted(self, reader: Reader, token: Unverified, use: Use) -> TrustedIssuer:
        name = token.claims.get("iss")
        trusted = await self._issuers.find(reader, name) if isinstance(name, str) else None
        if trusted is None:
            raise InvalidToken("iss")
        if not trusted.enabled:
            raise InvalidToken("issuer_disabled")
        if use not in trusted.settings.uses:
            raise InvalidToken("use")
        return trusted

    async def _source(self, trusted: TrustedIssuer) -> KeySource:
        settings = trusted.settings
        if settings.jwks is not None or settings.jwks_uri is not None:
            return KeySource(settings.jwks, settings.jwks_uri)
        url = trusted.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            document = await self._fetcher.get_json_cached(url, limit_bytes=_MAX_DOCUMENT)
        except FetchFailed as failure:
            raise Unavailable(f"{trusted.issuer}: {failure.reason}") from failure
        jwks_uri = document.get("jwks_uri")
        if document.get("issuer") != trusted.issuer or not isinstance(jwks_uri, str):  # R020
            raise Unavailable(f"{trusted.issuer}: its metadata are not its own")
        return KeySource(uri=jwks_uri)


def _expected(tenant: Tenant, trusted: TrustedIssuer, use: Use) -> Expected:
    settings = trusted.settings
    if use == "id_jag":  # §6.1: we are known by our issuer alone, and each is used once
        return Expected((tenant.issuer,), settings.longest, once=True)
    names = (tenant.issuer, f"{tenant.issuer}/oauth2/token", *settings.audiences)
    return Expected(names, settings.longest, once=settings.once)
