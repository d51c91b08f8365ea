"""A backend for commands: answers by operation, and remembers what was called."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from limen.kernel.routes import Route
from limen.platform.cli.operations import Backend


@dataclass
class Call:
    operation: str
    tenant: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any


@dataclass
class FakeBackend:
    """`answers[operation]` is (status, answer), or a function of the call."""

    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    known_routes: tuple[Route, ...] = ()

    async def call(
        self, operation: str, *, tenant: str, params: Any, query: Any, body: Any
    ) -> tuple[int, Any]:
        call = Call(operation, tenant, params, query, body)
        self.calls.append(call)
        answer = self.answers[operation]
        return answer(call) if callable(answer) else answer

    @asynccontextmanager
    async def open(self, _config: object) -> AsyncIterator["FakeBackend"]:
        yield self

    def backend(self) -> Callable[[], Backend]:
        return lambda: Backend(open_app=self.open, routes=lambda: self.known_routes)


def data(value: object, cursor: str | None = None) -> tuple[int, Any]:
    """A success in the API's envelope; lists get their pagination."""
    answer: dict[str, Any] = {"data": value, "metadata": {}}
    if isinstance(value, list):
        answer["pagination"] = {"next_cursor": cursor, "has_more": cursor is not None}
    return 200, answer


def problem(status: int, code: str, detail: str, **fields: str) -> tuple[int, Any]:
    errors = [{"field": name, "code": "invalid", "message": text} for name, text in fields.items()]
    return status, {"code": code, "title": detail, "detail": detail, "errors": errors}
