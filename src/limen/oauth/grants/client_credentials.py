"""client_credentials: a machine speaks for itself (RFC 6749 §4.4)."""

from typing import ClassVar

from limen.access.api import Subject
from limen.kernel.uow import Tx
from limen.oauth.api import Client, ClientType
from limen.oauth.errors import InvalidScope, UnauthorizedClient
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.issuing import Begun, Issuing
from limen.oauth.model.resources import Catalog
from limen.oauth.model.scopes import PERSONAL_SCOPES, is_management, parse_scope


class ClientCredentialsGrant:
    grant_type: ClassVar[str] = "client_credentials"
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "m2m"})

    def __init__(self, services: GrantServices) -> None:
        self._services, self._issuing = services, Issuing(services)

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        client = request.client
        if client.is_public:
            raise UnauthorizedClient("public client", reason="client_public")
        catalog = await self._issuing.catalog(request)
        issuer = request.tenant.issuer
        resources = catalog.check_resources(request.parameters.resources, client, issuer)
        scope = await self.scope(request, catalog)

        async def work(tx: Tx) -> Begun:
            return await self._issuing.begin_machine(tx, request, scope, resources, catalog)

        return await self._issuing.answer(request, await request.store.transact(work))

    async def scope(self, request: TokenRequest, catalog: Catalog) -> tuple[str, ...]:
        """Return what is asked, or all that the client has.  Raises InvalidScope.

        A permission of the management API is given only where the client's roles hold it too.
        """
        client = request.client
        text = request.parameters.get("scope")
        asked = None if text is None else parse_scope(text)
        if asked is not None and not _may_ask(client, asked, catalog):
            raise InvalidScope("not the client's")
        wanted = client.scopes if asked is None else asked
        wanted = tuple(s for s in wanted if s not in PERSONAL_SCOPES and catalog.knows(s))
        manages = [s for s in wanted if is_management(s)]
        if not manages:
            return wanted
        subject = Subject("client", client.id)
        held = await self._services.roles.permissions_of(request.store, subject)
        if asked is not None and not held.issuperset(manages):
            raise InvalidScope("no role holds it", reason="scope_without_role")
        return tuple(s for s in wanted if not is_management(s) or s in held)


def _may_ask(client: Client, asked: tuple[str, ...], catalog: Catalog) -> bool:
    known = frozenset(client.scopes) - PERSONAL_SCOPES.keys()
    return known.issuperset(asked) and all(map(catalog.knows, asked))


grant = ClientCredentialsGrant
