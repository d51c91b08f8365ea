"""POST /ssf/sources/{id}/events: a transmitter pushes an event (RFC 8935)."""

from dataclasses import dataclass
from typing import Final

import msgspec

from limen.kernel.errors import Refusal, TooMany, Unavailable
from limen.kernel.ids import parse_id
from limen.oauth.http.protocol import JSON, NO_STORE, RefusalLog
from limen.oauth.signal_sources.api import SIGNAL_REJECTED
from limen.oauth.signal_sources.errors import SetRefused
from limen.oauth.signal_sources.model import Source
from limen.oauth.signal_sources.settings import ListeningSettings
from limen.oauth.signal_sources.store import SqlSources
from limen.oauth.signal_sources.taking import Taking
from limen.platform.crypto import digest_of, equal
from limen.platform.http.messages import Request, Response
from limen.platform.limits import Limit, Limiter

CONTENT_TYPE: Final = "application/secevent+jwt"
_NOBODY: Final = digest_of("")


@dataclass(frozen=True, slots=True, kw_only=True)
class PushEndpoint:
    sources: SqlSources
    taking: Taking
    refusals: RefusalLog
    limiter: Limiter
    settings: ListeningSettings

    async def __call__(self, request: Request) -> Response:
        try:
            source = await self._source(request)
            await self._take(request, source)
        except SetRefused as refusal:
            await self.refusals.note(request, SIGNAL_REJECTED, refusal.err, client=None)
            return _said(refusal.answered, refusal.err, refusal.shown)
        except (TooMany, Unavailable) as refusal:
            response = _said(refusal.status, "access_denied", refusal.shown)
            retry = getattr(refusal, "retry_after", 1)
            response.headers.append((b"retry-after", b"%d" % max(1, retry)))
            return response
        except Refusal as refusal:
            return _said(400, "invalid_request", refusal.shown)
        return Response(202, b"", None, list(NO_STORE))

    async def _source(self, request: Request) -> Source:
        """Return the source of the path, if its own secret came along.

        A wrong secret, a disabled source and one that never was are answered alike (R114).
        """
        found = parse_id(request.params["id"])
        source = None if found is None else await self.sources.find(request.store, found)
        scheme, _, secret = (request.header(b"authorization") or "").partition(" ")
        digest = source.push_digest if source else _NOBODY
        fits = equal(digest, digest_of(secret)) and scheme.lower() == "bearer" and bool(secret)
        if source is None or not source.enabled or not fits:
            raise SetRefused("authentication_failed")
        return source

    async def _take(self, request: Request, source: Source) -> None:
        """Raises SetRefused, TooMany, Unavailable."""
        limit = Limit(self.settings.events_per_minute, 60)
        wait = self.limiter.take(f"signal_source:{request.tenant.id}:{source.id}", limit)
        if wait:
            raise TooMany("events", retry_after=int(wait) + 1)
        kind = (request.header(b"content-type") or "").split(";", 1)[0].strip().lower()
        if kind != CONTENT_TYPE:
            raise SetRefused("invalid_request", "content type")
        try:
            token = (await request.body()).decode("ascii")
        except UnicodeDecodeError as error:
            raise SetRefused("invalid_request", "not ASCII") from error
        await self.taking.take(request.store, request.tenant, source, token, request.cause)


def _said(status: int, err: str, description: str) -> Response:
    body = msgspec.json.encode({"err": err, "description": description})
    return Response(status, body, JSON, [*NO_STORE, (b"content-language", b"en")])
