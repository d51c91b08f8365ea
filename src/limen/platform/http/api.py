"""The shape of the management API: envelopes, versions, lists (docs/reference/api.md)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from limen.kernel.errors import FieldError, Invalid, Malformed, NotFound
from limen.kernel.ids import parse_id
from limen.platform.http.cursors import open_cursor, seal_cursor
from limen.platform.http.messages import Request, Response, parse_form

if TYPE_CHECKING:
    from limen.kernel.vault import Vault

Q = TypeVar("Q", bound=msgspec.Struct)

VERSION = "v1"
MAX_LIMIT = 200


ByAge = Literal["created_at", "-created_at"]
"""The `sort` of a list by id, which is by age: a list takes it where its query declares it."""


class Paging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The query of a list.  Subclass it with the list's own filters."""

    limit: int = 50
    cursor: str | None = None


class Metadata(msgspec.Struct, frozen=True):
    request_id: str
    timestamp: datetime
    version: str


class Pagination(msgspec.Struct, frozen=True):
    next_cursor: str | None
    has_more: bool


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    data: object
    metadata: Metadata
    pagination: Pagination | None = None


def _metadata(request: Request) -> Metadata:
    return Metadata(request.cause.request_id, datetime.now(UTC), VERSION)


def answer(
    request: Request, value: msgspec.Struct, *, version: int | None = None, status: int = 200
) -> Response:
    """Return `value` in the envelope; `version` becomes the ETag."""
    body = msgspec.json.encode(Envelope(value, _metadata(request)))
    headers = [] if version is None else [(b"etag", b'"%d"' % version)]
    return Response(status, body, headers=headers)


def created(
    request: Request, value: msgspec.Struct, location: str, *, version: int | None = None
) -> Response:
    """Return 201 with the new object and its `Location`, a path under the issuer."""
    response = answer(request, value, version=version, status=201)
    response.headers.append((b"location", (request.tenant.issuer + location).encode()))
    return response


def no_content() -> Response:
    return Response(204, content_type=None)


def path_id(request: Request, name: str = "id") -> UUID:
    """Return the id in the path.  Raises NotFound for anything that is none."""
    found = parse_id(request.params[name])
    if found is None:
        raise NotFound(f"{name} is no id")
    return found


def expected_version(request: Request) -> int | None:
    """Return the version that `If-Match` names, None without one.  Raises Malformed."""
    tag = request.header(b"if-match")
    if tag is None or tag == "*":
        return None
    if not (tag.startswith('"') and tag.endswith('"') and tag[1:-1].isdigit()):
        raise Malformed(f"If-Match {tag!r}", hint="If-Match must be an ETag that we gave.")
    return int(tag[1:-1])


class Listings:
    """Cursor-paged lists: `after` is the last id of the page before.

    A cursor is MAC'd and bound to tenant, route and filter (R137, A087).
    """

    def __init__(self, vault: "Vault") -> None:
        self._vault = vault

    async def after(self, request: Request, paging: Paging) -> UUID | None:
        """Return the id after which the page begins.  Raises Invalid, Malformed."""
        if not 1 <= paging.limit <= MAX_LIMIT:
            raise Invalid(FieldError("limit", "out_of_range", f"must be 1 to {MAX_LIMIT}"))
        if paging.cursor is None:
            return None
        keyring = await self._vault.keyring(request.store)
        return open_cursor(keyring, paging.cursor, _binding(request, paging))

    async def answer(
        self, request: Request, paging: Paging, items: Sequence[msgspec.Struct], last: UUID | None
    ) -> Response:
        """Answer a page; `last` is the id of its last item if more follow, else None."""
        cursor = None
        headers: list[tuple[bytes, bytes]] = []
        if last is not None:
            keyring = await self._vault.keyring(request.store)
            cursor = seal_cursor(keyring, last, _binding(request, paging))
            query = urlencode({"cursor": cursor, "limit": paging.limit, **_chosen(paging)})
            link = f"<{request.tenant.issuer}{request.path}?{query}>"
            headers.append((b"link", f'{link}; rel="next"'.encode()))
        page = Pagination(cursor, last is not None)
        body = msgspec.json.encode(Envelope(list(items), _metadata(request), page))
        return Response(200, body, headers=headers)


def _chosen(paging: Paging) -> dict[str, str]:
    """Return the filters that were given, as a query spells them."""
    given: dict[str, object] = msgspec.to_builtins(paging)
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.items()
        if name not in ("cursor", "limit") and value is not None
    }


def _binding(request: Request, paging: Paging) -> bytes:
    filters = msgspec.structs.asdict(paging)
    del filters["cursor"], filters["limit"]
    return msgspec.json.encode([request.route.operation, filters])


def read_query(request: Request, kind: type[Q]) -> Q:
    """Return the query as the route's struct.  Raises Invalid for unknown or wrong parameters.

    An empty filter is a wrong one, never none: it would find everything.
    """
    try:
        return msgspec.convert(parse_form(request.raw_query, keep_empty=True), kind, strict=False)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$.")
        field = place.rstrip("`") or "query"
        if "unknown field" in message:
            field = message.split("`")[1]
        raise Invalid(FieldError(field, "invalid", message)) from error
