"""What an API route does not declare it does not take, rather than overlook it (R138)."""

import msgspec

from limen.platform.http.api import read_query
from limen.platform.http.messages import Request


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body or query of a route that declares none."""


async def check_undeclared(request: Request) -> None:
    """Raise Invalid or Malformed for parameters or a body where the route has none."""
    route = request.route
    if route.answer != "api":
        return
    if route.query is None and request.raw_query:
        read_query(request, Nothing)
    if route.body is None and route.method != "GET" and await request.body():
        await request.json(Nothing)
