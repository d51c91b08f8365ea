"""Access, put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from limen.access.api import Promotion, Roles
from limen.access.commands import StoredRoles
from limen.access.http import RolesApi
from limen.access.ports import Ports
from limen.access.routes import ROUTES
from limen.access.store import SqlRoles
from limen.kernel.authn import Authorizer
from limen.platform.http.api import Listings
from limen.platform.http.faces import Faces
from limen.platform.services import Platform
from limen.tenancy.api import Tenants


@dataclass(frozen=True, slots=True)
class AccessWired:
    """`roles` is also tenancy's installer and identity's guard of the last administrator."""

    roles: Roles
    authorizer: Authorizer
    faces: Faces


def wire(platform: Platform, *, tenants: Tenants, promotions: Sequence[Promotion]) -> AccessWired:
    """`promotions` may be filled after this, before the first request."""
    ports = Ports(
        SqlRoles(),
        platform.snapshots,
        platform.gate,
        platform.recorder,
        tenants.is_default,
        promotions,
    )
    roles = StoredRoles(ports)
    api = RolesApi(roles, Listings(platform.vault))
    return AccessWired(roles, roles, Faces(ROUTES, api.handlers()))
