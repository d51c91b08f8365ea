"""The tenant that a request runs in: resolved once, from host or path."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from limen.kernel.ids import TenantId

DEFAULT_SLUG = "default"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A hard-isolated realm.

    `issuer` has no trailing slash; `path` is its path part ("" or "/t/{slug}" or what a
    configured base URL has), the prefix of every page and cookie-free link of the tenant.
    `settings` are the tenant's run-time choices, as their owners validated them.
    """

    id: TenantId
    slug: str
    name: str
    issuer: str
    path: str
    version: int
    settings: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def is_default(self) -> bool:
        return self.slug == DEFAULT_SLUG

    @property
    def support_url(self) -> str | None:
        """Where people who need help are sent."""
        url = self.settings.get("support_url")
        return url if isinstance(url, str) else None
