"""Whether a token is what it says it is: its issuer's, for us, an event, and recent (RFC 8417)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from limen.kernel.clock import Clock
from limen.kernel.errors import Unavailable
from limen.kernel.tenant import Tenant
from limen.oauth.keysets import KeySets, KeySource
from limen.oauth.signal_sources.errors import SetRefused
from limen.oauth.signal_sources.model import SKEW, Source
from limen.platform.fetch import Fetcher, FetchFailed
from limen.platform.jose.foreign import Unverified, read
from limen.platform.jose.verify import InvalidToken

TYPS: Final = ("secevent+jwt",)
MAX_SIZE: Final = 32 * 1024
MOST_EVENTS: Final = 10


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a genuine token."""

    uri: str
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Believed:
    """`known_until` is when a repeat of it would be too old, in Unix seconds."""

    jti: str
    events: tuple[Event, ...]
    subject: Mapping[str, Any]
    known_until: float


@dataclass(frozen=True, slots=True)
class EventBeliever:
    keysets: KeySets
    fetcher: Fetcher
    clock: Clock

    async def believe(self, tenant: Tenant, source: Source, token: str) -> Believed:
        """Return what a token says, once everything about it is right; it may fetch.

        Raises SetRefused; Unavailable where the keys cannot be had for now.
        """
        try:
            unverified = read(token, max_size=MAX_SIZE)
        except InvalidToken as error:
            raise SetRefused("invalid_request", error.reason) from error
        claims = unverified.claims
        if claims.get("iss") != source.issuer:  # to the letter
            raise SetRefused("invalid_issuer")
        if not _is_for(claims.get("aud"), source.settings.audiences or (tenant.issuer,)):
            raise SetRefused("invalid_audience")
        await self._check_signature(source, unverified)
        return self._read(source, claims)

    async def _check_signature(self, source: Source, token: Unverified) -> None:
        algorithms = source.settings.algorithms
        try:
            keys = await self._keys(source)
            await self.keysets.verify(keys, token, algs=algorithms, typs=TYPS)
        except InvalidToken as error:
            if error.reason.startswith("keys"):
                raise Unavailable(error.reason) from error
            err = "invalid_request" if error.reason == "typ" else "invalid_key"
            raise SetRefused(err, error.reason) from error

    async def _keys(self, source: Source) -> KeySource:
        settings = source.settings
        if settings.jwks is not None or settings.jwks_uri is not None:
            return KeySource(settings.jwks, settings.jwks_uri)
        url = source.issuer.rstrip("/") + "/.well-known/ssf-configuration"
        try:
            document = await self.fetcher.get_json_cached(url)
        except FetchFailed as failure:
            raise Unavailable(f"{source.issuer}: {failure.reason}") from failure
        uri = document.get("jwks_uri")
        if document.get("issuer") != source.issuer or not isinstance(uri, str):  # R020
            raise Unavailable(f"{source.issuer}: its configuration is not its own")
        return KeySource(uri=uri)

    def _read(self, source: Source, claims: Mapping[str, Any]) -> Believed:
        """Return the events; one with `sub` or `exp` may be a token of another kind (SSF §4.1)."""
        jti, issued = claims.get("jti"), claims.get("iat")
        if not isinstance(jti, str) or not 0 < len(jti) <= 200:
            raise SetRefused("invalid_request", "jti")
        if isinstance(issued, bool) or not isinstance(issued, int | float):
            raise SetRefused("invalid_request", "iat")
        now = self.clock.now().timestamp()
        if not now - source.settings.max_age <= issued <= now + SKEW:
            raise SetRefused("invalid_request", "iat is too old, or to come")
        if "exp" in claims or "sub" in claims:
            raise SetRefused("invalid_request", "exp or sub")
        events = _events(claims.get("events"))
        subject: Any = claims.get("sub_id") or events[0].members.get("subject")
        if not isinstance(subject, dict):
            raise SetRefused("invalid_request", "sub_id")
        known_until = issued + source.settings.max_age + SKEW
        return Believed(jti, events, cast("Mapping[str, Any]", subject), known_until)


def _is_for(aud: object, names: tuple[str, ...]) -> bool:
    listed = cast("list[object]", aud) if isinstance(aud, list) else [aud]
    return any(name in listed for name in names)


def _events(found: object) -> tuple[Event, ...]:
    if not isinstance(found, dict):
        raise SetRefused("invalid_request", "events")
    events = cast("dict[str, object]", found)
    if not 0 < len(events) <= MOST_EVENTS or any(len(uri) > 500 for uri in events):
        raise SetRefused("invalid_request", "events")
    if not all(isinstance(members, dict) for members in events.values()):
        raise SetRefused("invalid_request", "events")
    return tuple(Event(uri, cast("dict[str, Any]", m)) for uri, m in events.items())
