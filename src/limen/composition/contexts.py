"""Which context gets what of which other: the whole wiring on one page."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from limen.access import wiring as access
from limen.access.api import Promotion
from limen.account import wiring as account
from limen.audit import wiring as audit
from limen.authentication import wiring as authentication
from limen.composition import local
from limen.composition.administrators import FirstAdministrator
from limen.composition.demo_data import DemoRegistration
from limen.composition.local import LocalWired
from limen.composition.platform import Base
from limen.demo import wiring as demo
from limen.identity import wiring as identity
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.routes import Route
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Tx
from limen.oauth import wiring as oauth
from limen.oauth.keys import wiring as keys
from limen.oauth.keys.api import SigningKeys
from limen.platform.http.faces import Faces
from limen.portal import wiring as portal
from limen.risk import wiring as risk
from limen.sessions import wiring as sessions
from limen.sessions.api import Sessions
from limen.tenancy import wiring as tenancy
from limen.tenancy.ports import Installer


@dataclass(frozen=True, slots=True, kw_only=True)
class Contexts:
    """Every wired context."""

    tenancy: tenancy.TenancyWired
    access: access.AccessWired
    identity: identity.IdentityWired
    sessions: sessions.SessionsWired
    risk: risk.RiskWired
    keys: keys.KeysWired
    authentication: authentication.AuthenticationWired
    oauth: oauth.OAuthWired
    portal: portal.PortalWired
    account: account.AccountWired
    demo: demo.DemoWired
    audit: audit.AuditWired
    local: LocalWired

    def faces_of(self, only: frozenset[str] | None) -> Sequence[Faces]:
        """Return the faces of all contexts, or of those named.  Raises ValueError."""
        named = {field.name: getattr(self, field.name).faces for field in fields(self)}
        if only is None:
            return list(named.values())
        chosen = {name for given in only for name in _SHORT.get(given, (given,))}
        unknown = chosen - named.keys()
        if unknown:
            raise ValueError(f"no such context: {', '.join(sorted(unknown))}")
        return [faces for name, faces in named.items() if name in chosen]


_SHORT = {
    "auth": ("authentication", "portal", "oauth", "keys"),
    "users": ("identity", "account"),
}
"""Names for what is usually served together."""


def wire_contexts(base: Base) -> Contexts:
    """Wire each context with the apis that it uses, from the bottom up."""
    platform = base.platform
    installers: list[Installer] = []
    promotions: list[Promotion] = []
    tenancies = tenancy.wire(platform, installers=installers)
    base.all_tenants.read = tenancies.tenants.ids
    accesses = access.wire(platform, tenants=tenancies.tenants, promotions=promotions)
    signing = keys.wire(platform)
    installers += [accesses.roles, NewKeys(signing.api)]
    sign_ins = sessions.wire(platform, tenants=tenancies.tenants, roles=accesses.roles)
    promotions.append(sign_ins.promoted)
    people = identity.wire(
        platform, administrators=accesses.roles, departures=EndSessions(sign_ins.sessions)
    )
    risks = risk.wire(platform)
    proofs = authentication.wire(
        platform, users=people.users, sessions=sign_ins.sessions, attempts=risks.attempts,
        devices=risks.devices,
    )  # fmt: skip
    provider = oauth.wire(
        platform, users=people.users, sessions=sign_ins.sessions,
        refresh_tokens=sign_ins.refresh_tokens, roles=accesses.roles, attempts=risks.attempts,
        signing_keys=signing.api, tenants=tenancies.tenants,
    )  # fmt: skip
    sign_ins.endings.append(provider.sessions_told)
    provider.password_demands.append(proofs.authentication.demand_change)
    first = FirstAdministrator(people.users, accesses.roles, proofs.authentication)
    needs = portal.Needs(
        authentication=proofs.authentication, users=people.users, sessions=sign_ins.sessions,
        devices=risks.devices, interactions=provider.interactions, logout=provider.logout,
        create_administrator=first, inbox=base.mail.inbox,
    )  # fmt: skip
    pages = portal.wire(platform, needs)
    own = account.wire(
        platform, authentication=proofs.authentication, users=people.users,
        sessions=sign_ins.sessions, grants=provider.grants,
    )  # fmt: skip
    return Contexts(
        tenancy=tenancies, access=accesses, identity=people, sessions=sign_ins, risk=risks,
        keys=signing, authentication=proofs, oauth=provider, portal=pages, account=own,
        demo=demo.wire(platform, client=DemoRegistration(base.config.data_dir).find),
        audit=audit.wire(platform, queue=base.seal_queue, settings=base.config.audit),
        local=local.wire(pages.setup_links, base.rewrap),
    )  # fmt: skip


class EndSessions:
    """Ends the sessions and families of a person whose account stops being active."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def left(self, tx: Tx, user: UserId, cause: Cause, *, reason: str) -> None:
        await self._sessions.end_all(tx, user, cause, reason=reason)


class NewKeys:
    """Equips a new tenant with its signing key."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    async def install(self, tx: Tx, tenant: Tenant) -> None:  # noqa: ARG002 - the port's signature
        await self._keys.create(tx, Cause())


def declared_routes() -> Sequence[Route]:
    """Return the routes of every context; no store is needed to know them."""
    return [
        *tenancy.ROUTES, *access.ROUTES, *identity.ROUTES, *sessions.ROUTES, *keys.ROUTES,
        *authentication.ROUTES, *oauth.ROUTES, *portal.ROUTES, *account.ROUTES, *demo.ROUTES,
        *audit.ROUTES,
    ]  # fmt: skip
