"""The OpenAPI 3.1 document, generated from the registry and the structs of each route."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from limen.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Refusal,
    Stale,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from limen.kernel.routes import Route
from limen.platform.http.answers import InternalError
from limen.platform.http.messages import TooLarge

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Permanent; match on it."},
        "request_id": {"type": "string"},
        "ref": {"type": "string", "description": "Find it with `limen audit list --ref`."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}
_ALWAYS: tuple[type[Refusal], ...] = (Malformed, TooMany, InternalError, Unavailable)
_GUARDED: tuple[type[Refusal], ...] = (Unauthenticated, Forbidden)
_WRITES: tuple[type[Refusal], ...] = (Invalid, Conflict, TooLarge, Stale)


def document(routes: Iterable[Route], issuer: str, version: str) -> dict[str, Any]:
    """Return the document of the API routes; operation ids are the registry's operations."""
    api = [route for route in routes if route.answer == "api"]
    structs = {kind for route in api for kind in (route.body, route.returns) if kind is not None}
    ordered = sorted(structs, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(
        ordered, ref_template="#/components/schemas/{name}"
    )
    by_kind = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in api:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Limen", "version": version,
                 "description": "Management and self-service API."},
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": _PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }  # fmt: skip


def _operation(route: Route, by_kind: Mapping[type, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "tags": [route.operation.split(".", 1)[0]],
        "responses": _responses(route, by_kind),
    }
    parameters = _parameters(route)
    if parameters:
        operation["parameters"] = parameters
    if route.access.kind in ("bearer", "permission"):
        operation["security"] = [{"bearer": []}]
    needed = route.access.permission
    if route.access.kind == "permission":
        operation["x-permission"] = needed
        operation["description"] = f"Needs the permission `{needed}`."
    elif route.access.kind == "bearer":
        operation["description"] = f"Needs a person's token with the scope `{needed}`."
    if route.body is not None:
        media: dict[str, Any] = {"schema": by_kind[route.body]}
        if route.example:
            media["example"] = dict(route.example)
        operation["requestBody"] = {
            "required": not route.body_optional,
            "content": {"application/json": media},
        }
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in route.path.split("/")
        if part.startswith("{")
    ]
    if route.query is not None:
        (schema,), components = msgspec.json.schema_components([route.query])
        name = schema["$ref"].rsplit("/", 1)[1]
        for field, shape in components[name]["properties"].items():
            found.append({"name": field, "in": "query", "required": False, "schema": shape})
    if route.method == "POST":
        found.append({"name": "Idempotency-Key", "in": "header", "required": False,
                      "schema": {"type": "string", "minLength": 1, "maxLength": 255}})  # fmt: skip
    if route.method in ("PATCH", "PUT", "DELETE"):
        found.append({"name": "If-Match", "in": "header", "required": False,
                      "schema": {"type": "string"}})  # fmt: skip
    return found


def _responses(route: Route, by_kind: Mapping[type, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done."}
    if route.returns is not None:
        success["content"] = {"application/json": {"schema": _envelope(route, by_kind)}}
    answers = {str(route.success): success}
    refusals = [*_ALWAYS, *route.refusals]
    if route.access.kind != "public":
        refusals += _GUARDED
    if route.method != "GET" or route.query is not None:
        refusals += _WRITES
    if "{" in route.path or route.system:
        refusals.append(NotFound)
    for refusal in refusals:
        answers[str(refusal.status)] = {
            "description": refusal.hint,
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    return dict(sorted(answers.items()))


def _envelope(route: Route, by_kind: Mapping[type, Any]) -> dict[str, Any]:
    item: Any = by_kind[route.returns] if route.returns else {}
    properties: dict[str, Any] = {
        "data": {"type": "array", "items": item} if route.is_list else item,
        "metadata": {
            "type": "object",
            "properties": {
                "request_id": {"type": "string"},
                "timestamp": {"type": "string", "format": "date-time"},
                "version": {"type": "string"},
            },
        },
    }
    if route.is_list:
        properties["pagination"] = {
            "type": "object",
            "properties": {
                "next_cursor": {"type": ["string", "null"]},
                "has_more": {"type": "boolean"},
            },
        }
    required = ["data", "metadata", *(["pagination"] if route.is_list else [])]
    return {"type": "object", "required": required, "properties": properties}
