"""Operations of the management API, called by name: in this process, or over HTTP.

Without `LIMEN_URL` the composed application is opened on the store that the configuration
names, without listening, and the same handlers run as the local administrator.  With
`LIMEN_URL` and `LIMEN_TOKEN` the route of the operation is called there.
"""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, urlsplit

import click

from limen.platform.cli.commands import TENANT
from limen.platform.cli.errors import CliError, Exit, exit_of

if TYPE_CHECKING:
    from limen.kernel.routes import Route

Json = Any
_PAGE = 200
_JSON = ("application/json", "application/problem+json")


class LocalApp(Protocol):
    """The composed application, opened without listening."""

    async def call(
        self,
        operation: str,
        *,
        tenant: str,
        params: Mapping[str, str],
        query: Mapping[str, str],
        body: object,
    ) -> tuple[int, Json]:
        """Return the status and the decoded answer (None for an empty one)."""
        ...


@dataclass(frozen=True, slots=True)
class Backend:
    """How to reach the application; `limen.cli` gives it, since it may know everything."""

    open_app: Callable[[Any], Any]
    routes: Callable[[], Sequence[Any]]


class Operations:
    """Calls operations; `tenant` is the tenant they run in."""

    def __init__(self, tenant: str, send: "Send") -> None:
        self.tenant = tenant
        self._send = send

    def call(
        self,
        operation: str,
        *,
        params: Mapping[str, str] | None = None,
        query: Mapping[str, object] | None = None,
        body: object = None,
    ) -> Json:
        """Return the answer's `data`.  Raises CliError with the problem in one line."""
        return _data(self._answer(operation, params, query, body))

    def text(self, operation: str, *, query: Mapping[str, object] | None = None) -> str:
        """Return an answer that is no JSON, as it is (an export)."""
        answer = self._answer(operation, None, query, None)
        return answer if isinstance(answer, str) else ""

    def list_(
        self,
        operation: str,
        *,
        limit: int,
        query: Mapping[str, object] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> list[Json]:
        """Return at most `limit` items, following the cursors."""
        found: list[Json] = []
        cursor: str | None = None
        while len(found) < limit:
            size = min(limit - len(found), _PAGE)
            page: dict[str, object] = {**(query or {}), "limit": size, "cursor": cursor}
            answer = self._answer(operation, params, page, None)
            found += answer["data"]
            pagination: dict[str, Json] = answer.get("pagination") or {}
            cursor = pagination.get("next_cursor")
            if cursor is None:
                break
        return found

    def _answer(
        self,
        operation: str,
        params: Mapping[str, str] | None,
        query: Mapping[str, object] | None,
        body: object,
    ) -> Json:
        texts = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        status, answer = self._send(operation, self.tenant, params or {}, texts, body)
        if status >= 400:
            raise CliError(problem_line(answer, status), exit_of(status))
        return answer


Send = Callable[[str, str, Mapping[str, str], Mapping[str, str], object], tuple[int, Json]]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _data(answer: Json) -> Json:
    if not isinstance(answer, dict):
        return answer
    told = cast("dict[str, Json]", answer)
    return told.get("data", told)


def problem_line(problem: Json, status: int) -> str:
    """Return a problem+json as one line: what, which field, the code."""
    if not isinstance(problem, dict):
        return f"the server answered {status}."
    told = cast("dict[str, Any]", problem)
    text = str(told.get("detail") or told.get("title") or f"the server answered {status}")
    wrong: list[dict[str, str]] = told.get("errors") or []
    fields = [f"{one['field']}: {one['message']}" for one in wrong]
    said = "; ".join(fields) or text
    code = told.get("code")
    return f"{said.rstrip('.')} ({code})." if code else f"{said.rstrip('.')}."


def operations() -> Operations:
    """Return the operations of the running command; what it opens is closed with the command."""
    from limen.kernel.tenant import DEFAULT_SLUG

    ctx = click.get_current_context()
    tenant = ctx.meta.get(TENANT) or os.environ.get("LIMEN_TENANT") or DEFAULT_SLUG
    backend: Backend = ctx.find_root().obj()
    url = os.environ.get("LIMEN_URL")
    send = _remote(backend, url) if url else _local(ctx, backend)
    return Operations(tenant, send)


def _local(ctx: click.Context, backend: Backend) -> Send:
    import asyncio

    from limen.platform.cli.store import load_config, require_store

    config = load_config()
    require_store(config)
    runner = ctx.with_resource(asyncio.Runner())
    manager: AbstractAsyncContextManager[LocalApp] = backend.open_app(config)
    app = _run(runner, manager.__aenter__())
    ctx.call_on_close(lambda: runner.run(manager.__aexit__(None, None, None)))

    def send(
        operation: str,
        tenant: str,
        params: Mapping[str, str],
        query: Mapping[str, str],
        body: object,
    ) -> tuple[int, Json]:
        call = app.call(operation, tenant=tenant, params=params, query=query, body=body)
        return _run(runner, call)

    return send


def _run(runner: Any, work: Awaitable[Any]) -> Any:
    from limen.kernel.errors import Refusal

    try:
        return runner.run(work)
    except Refusal as refusal:
        raise CliError(f"{refusal} ({refusal.code}).", exit_of(refusal.status)) from refusal


def _remote(backend: Backend, url: str) -> Send:
    token = os.environ.get("LIMEN_TOKEN")
    if not token:
        raise CliError("LIMEN_URL is set, but LIMEN_TOKEN is not.", Exit.AUTH)
    paths = {route.operation: route for route in cast("Sequence[Route]", backend.routes())}
    base = url.rstrip("/")
    if urlsplit(base).scheme not in {"http", "https"}:
        raise CliError(f"LIMEN_URL is no http address: {url}", Exit.USAGE)

    def send(
        operation: str,
        tenant: str,
        params: Mapping[str, str],
        query: Mapping[str, str],
        body: object,
    ) -> tuple[int, Json]:
        route = paths.get(operation)
        if route is None or route.local:
            raise CliError("this works on the store itself only; unset LIMEN_URL.", Exit.USAGE)
        prefix = "" if tenant == "default" else f"/t/{quote(tenant, safe='')}"
        path = route.path.format_map({name: quote(v, safe="") for name, v in params.items()})
        return _request(route.method, base + prefix + path, token, query, body)

    return send


def _request(
    method: str, url: str, token: str, query: Mapping[str, str], body: object
) -> tuple[int, Json]:
    import httpx
    import msgspec

    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
    content = None
    if body is not None:
        headers["content-type"] = "application/json"
        content = msgspec.json.encode(body)
    try:
        answer = httpx.request(
            method, url, params=query, content=content, headers=headers, timeout=30
        )
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.content and kind not in _JSON:
            return answer.status_code, answer.text
        return answer.status_code, msgspec.json.decode(answer.content) if answer.content else None
    except httpx.HTTPError as error:
        raise CliError(f"{url}: {error}.") from error
    except msgspec.DecodeError as error:
        raise CliError(f"{url} did not answer as Limen does; is LIMEN_URL right?") from error
