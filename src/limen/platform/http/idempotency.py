"""Idempotency-Key on creating requests: the same key and body give the same answer (R136)."""

from typing import Protocol

import msgspec

from limen.kernel.errors import Conflict, Malformed
from limen.kernel.uow import Store
from limen.platform.crypto import digest_of
from limen.platform.http.messages import Handler, Request, Response

_MAX_KEY = 255


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    hint = "This Idempotency-Key was used with another request."


class KeyInProgress(Conflict):
    code = "idempotency_in_progress"
    hint = "The first request with this Idempotency-Key is still running."


class StoredAnswer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    content_type: bytes | None
    headers: list[tuple[bytes, bytes]]


class Keys(Protocol):
    """Remembers keys for 24 hours, unanswered ones for a lease.

    `scope` is actor and operation, digests are SHA-256.
    """

    async def begin(self, store: Store, scope: str, key: bytes, body: bytes) -> bytes | str | None:
        """Return None for the first caller, the stored answer, or `reused` or `running`."""
        ...

    async def finish(
        self, store: Store, scope: str, key: bytes, body: bytes, answer: bytes
    ) -> None: ...

    async def abandon(self, store: Store, scope: str, key: bytes, body: bytes) -> None: ...


class Idempotency:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def run(self, request: Request, handler: Handler) -> Response:
        """Answer by `handler`, or with what it answered to the same request before."""
        if request.method != "POST" or request.route.answer != "api":
            return await handler(request)
        given = request.header(b"idempotency-key")
        if given is None:
            return await handler(request)
        if not 1 <= len(given) <= _MAX_KEY:
            raise Malformed(f"Idempotency-Key of {len(given)} characters")
        return await self._once(request, handler, given)

    async def _once(self, request: Request, handler: Handler, given: str) -> Response:
        caller = request.caller
        actor = (caller.user or caller.client) if caller else None
        scope = f"{actor}:{request.route.operation}:{request.path}"
        key, body = digest_of(given), digest_of((await request.body()).decode("latin-1"))
        found = await self._keys.begin(request.store, scope, key, body)
        if found == "reused":
            raise KeyReused
        if found == "running":
            raise KeyInProgress
        if isinstance(found, bytes):
            return _restore(found)
        try:
            response = await handler(request)
        except BaseException:
            await self._keys.abandon(request.store, scope, key, body)
            raise
        kept = StoredAnswer(
            response.status, response.body, response.content_type, list(response.headers)
        )
        answer = msgspec.msgpack.encode(kept)
        await self._keys.finish(request.store, scope, key, body, answer)
        return response


def _restore(stored: bytes) -> Response:
    kept = msgspec.msgpack.decode(stored, type=StoredAnswer)
    return Response(kept.status, kept.body, kept.content_type, list(kept.headers))
