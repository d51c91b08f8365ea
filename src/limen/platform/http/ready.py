"""Answers that are the same for everybody, kept for a second: JWKS and discovery.

They alone may be stale (storage.md).  What is kept is the whole answer but for its request id.
"""

import time
from dataclasses import dataclass

from limen.kernel.routes import Route
from limen.platform.http.messages import Headers, Request, Response

_KEPT = 1.0  # seconds
_MOST = 1000


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    headers: Headers
    body: bytes
    operation: str
    until: float


class ReadyAnswers:
    """By path, for requests to the right host that ask without conditions or parameters."""

    def __init__(self) -> None:
        self._answers: dict[str, ReadyAnswer] = {}

    def find(self, path: str) -> ReadyAnswer | None:
        found = self._answers.get(path)
        if found is None or found.until < time.monotonic():
            return None
        return found

    def keep(self, path: str, request: Request, route: Route, response: Response,
             headers: Headers) -> None:  # fmt: skip
        """Keep a whole 200 answer of a route that is public to all; others are not kept."""
        if route.cache != "public" or route.cors != "any" or response.status != 200:
            return
        if request.method != "GET" or request.raw_query:
            return
        if len(self._answers) >= _MOST:
            self._answers.clear()
        own = [pair for pair in headers if pair[0] != b"x-request-id"]
        until = time.monotonic() + _KEPT
        self._answers[path] = ReadyAnswer(own, response.body, route.operation, until)
