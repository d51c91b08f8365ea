"""Cross-origin reads, for the few routes that declare them (R006: never on authorize)."""

from collections.abc import Awaitable, Callable

from limen.kernel.errors import Refusal
from limen.kernel.uow import Reader
from limen.platform.http.messages import Request, Response
from limen.platform.http.registry import Match

_EXPOSED = b"www-authenticate, dpop-nonce, retry-after, x-request-id"

OriginCheck = Callable[[Reader, str], Awaitable[bool]]


class Cors:
    """`registered` asks whether any application of the tenant registered the origin."""

    def __init__(self, registered: OriginCheck) -> None:
        self._registered = registered

    async def preflight(self, request: Request, match: Match) -> Response:
        """Answer OPTIONS: allowed methods, and for a permitted origin the CORS headers."""
        wanted = request.header(b"access-control-request-method") or ""
        entry = match.entries.get(wanted)
        headers = [(b"allow", match.allow.encode()), (b"vary", b"Origin")]
        if entry is not None:
            request.route = entry.route
            origin = await self._permitted(request)
            if origin is not None:
                headers += [
                    (b"access-control-allow-origin", origin),
                    (b"access-control-allow-methods", wanted.encode()),
                    (b"access-control-allow-headers", b"authorization, content-type, dpop"),
                    (b"access-control-max-age", b"600"),
                ]
        return Response(204, content_type=None, headers=headers)

    async def decorate(self, request: Request, response: Response) -> None:
        """Let a permitted origin read the answer, errors included."""
        if request.route.cors == "none" or request.method == "OPTIONS":
            return
        try:
            origin = await self._permitted(request)
        except Refusal:
            return  # the answer itself says already what is wrong with the request
        if origin is not None:
            response.headers.append((b"access-control-allow-origin", origin))
            response.headers.append((b"access-control-expose-headers", _EXPOSED))
        if request.route.cors == "registered":
            response.headers.append((b"vary", b"Origin"))

    async def _permitted(self, request: Request) -> bytes | None:
        declared = request.route.cors
        if declared == "any":
            return b"*"
        origin = request.header(b"origin")
        if declared == "none" or origin is None:
            return None
        if await self._registered(request.store, origin):
            return origin.encode("latin-1")
        return None
