"""Routes as data: what each one is, who may come, and how it is guarded.

A context lists its routes in `routes.py` and gives each operation a handler in `http.py`
or `pages.py`.  The server refuses to start when a route has no handler, a handler no
route, or two routes the same method and path.  The matrix tests and the OpenAPI document
are generated from this list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from uuid import UUID

from limen.kernel.errors import Refusal
from limen.kernel.ids import TenantId


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come.

    public      anybody
    client      the handler authenticates an OAuth client, in the protocol's own form
    token       the handler takes an access token, in the protocol's own form (userinfo)
    session     a person signed in with this browser; others are sent to sign in
    bearer      a person's access token whose scope holds `permission` (self-service)
    permission  such a token whose scope and whose subject's roles both hold `permission`
    """

    kind: Literal["public", "client", "token", "session", "bearer", "permission"]
    permission: str | None = None


PUBLIC = Access("public")
CLIENT = Access("client")
TOKEN = Access("token")
SESSION = Access("session")
OWN_READ = Access("bearer", "account:read")
OWN_WRITE = Access("bearer", "account:write")


def permission(name: str) -> Access:
    """Demand `resource:action`."""
    return Access("permission", name)


Rate = Literal["none", "read", "write", "credential", "token"]
Csrf = Literal["none", "form", "json"]
Cache = Literal["no-store", "public", "private", "static"]
Cors = Literal["none", "any", "registered"]
Answer = Literal["protocol", "api", "page"]

NOBODY = ""
"""`Route.manages` of what belongs to no person: an application, a role, a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path, under the tenant's issuer.

    `path` may hold `{name}` segments, each matching one segment.  `operation` is
    `noun.verb`, unique, and names the handler.  `freshness` is how recent the sign-in must
    be, `acr_values` the levels of which it must have one (RFC 9470).  `manages` names the
    path parameter with the id of what the caller changes: a person, or something of a
    person's, where `owner` names who finds the person (`Faces.owners`).  Nobody changes one
    who may do more (R120); each API write on an id says whose it is, or NOBODY.  `answer` is
    the form of its errors.
    `system` marks what only the default tenant serves, `dev` what exists in dev mode only,
    `local` what no request reaches: an operation for commands that act on the store
    directly.  For the API, `body`, `query` and `returns` are msgspec structs; `refusals`
    are documented with their status.
    """

    method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
    path: str
    operation: str
    summary: str
    access: Access
    answer: Answer
    rate: Rate
    csrf: Csrf
    cache: Cache
    cors: Cors = "none"
    freshness: timedelta | None = None
    acr_values: tuple[str, ...] = ()
    manages: str | None = None
    owner: str | None = None
    system: bool = False
    dev: bool = False
    local: bool = False
    body: type | None = None
    body_optional: bool = False
    query: type | None = None
    returns: type | None = None
    is_list: bool = False
    success: int = 200
    body_limit: int = 64 * 1024
    refusals: tuple[type[Refusal], ...] = ()
    example: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever was authenticated for a request, with what they may use.

    `scopes` is None for a browser session, which is not narrowed.  `authenticated_at` is
    Unix seconds of the last real authentication, None for machines.
    """

    tenant: TenantId
    user: UUID | None = None
    client: UUID | None = None
    session: UUID | None = None
    scopes: frozenset[str] | None = None
    authenticated_at: int | None = None
    acr: str | None = None
