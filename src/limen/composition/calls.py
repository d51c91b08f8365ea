"""Operations called by commands: the same handlers, without the door."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from limen.access.api import PERMISSIONS
from limen.kernel.errors import NotFound, Refusal
from limen.kernel.ids import new_id
from limen.kernel.request import LOCAL_CLI, Cause
from limen.kernel.tenant import Tenant
from limen.platform.http.answers import problem
from limen.platform.http.messages import Request, Response

if TYPE_CHECKING:
    from limen.app import App

_JSON = (b"application/json", b"application/problem+json")


async def call(
    app: "App",
    tenant: Tenant,
    operation: str,
    params: Mapping[str, str],
    query: Mapping[str, str],
    body: object,
) -> tuple[int, Any]:
    """Return the status and decoded answer; a refusal answers as problem+json would."""
    entry = app.registry.by_operation.get(operation)
    if entry is None:
        raise NotFound(f"operation {operation}", hint=f"There is no operation {operation}.")
    content = b"" if body is None else msgspec.json.encode(body)
    request = _request(entry.route.method, entry.route.path, query, content)
    request.route, request.params = entry.route, params
    request.tenant, request.store = tenant, app.database.tenant(tenant.id)
    request.keyring = await app.base.platform.vault.keyring(request.store)
    request.cause = Cause(LOCAL_CLI, request_id=str(new_id()))
    request.permissions = frozenset(PERMISSIONS)
    try:
        response = await entry.handler(request)
    except Refusal as refusal:
        response = problem(request, refusal)
    return response.status, _decoded(response)


def _request(method: str, path: str, query: Mapping[str, str], content: bytes) -> Request:
    scope = {
        "method": method,
        "path": path,
        "query_string": urlencode(query).encode(),
        "scheme": "local",
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive() -> Mapping[str, object]:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request(scope, receive)


def _decoded(response: Response) -> Any:
    """Return JSON decoded, and any other answer (an export) as its text."""
    if not response.body:
        return None
    if (response.content_type or b"").partition(b";")[0] in _JSON:
        return msgspec.json.decode(response.body)
    return response.body.decode()
