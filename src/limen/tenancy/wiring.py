"""Tenancy, put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from limen.platform.http.api import Listings
from limen.platform.http.faces import Faces
from limen.platform.services import Platform
from limen.tenancy.api import Tenants
from limen.tenancy.directory import Directory
from limen.tenancy.http import TenantsApi
from limen.tenancy.ports import Installer
from limen.tenancy.routes import ROUTES
from limen.tenancy.store import SqlTenants


@dataclass(frozen=True, slots=True)
class TenancyWired:
    tenants: Tenants
    faces: Faces


def wire(platform: Platform, *, installers: Sequence[Installer]) -> TenancyWired:
    """`installers` may still be filled after this returns: they are asked when one is created."""
    directory = Directory(
        SqlTenants(),
        platform.database,
        platform.vault,
        platform.recorder,
        platform.clock,
        platform.issuer,
        installers,
    )
    api = TenantsApi(directory, Listings(platform.vault), platform.issuer)
    return TenancyWired(directory, Faces(ROUTES, api.handlers()))
