"""The API's handlers for previews."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.identity.api import Users
from limen.kernel.errors import Forbidden, NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.uow import Tx
from limen.oauth.api import Client
from limen.oauth.claim_values import ClaimValues
from limen.oauth.clients import StoredClients
from limen.oauth.directory import Directory
from limen.oauth.model.resources import Catalog
from limen.oauth.model.sectors import is_pairwise, sector_of
from limen.oauth.options import ClaimRule
from limen.oauth.ports import GrantStore
from limen.oauth.previews.api import SUBJECT_RESOLVED
from limen.oauth.previews.model import Scopes, by_rule, standard
from limen.oauth.previews.views import (
    ClaimView,
    PreviewBody,
    PreviewView,
    SubjectBody,
    SubjectView,
)
from limen.oauth.subjects import Subjects
from limen.platform.http.api import answer, path_id
from limen.platform.http.messages import Handler, Request, Response

_PEOPLE = "users:read"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewsApi:
    clients: StoredClients
    users: Users
    grants: GrantStore
    directory: Directory
    subjects: Subjects
    values: ClaimValues
    recorder: Recorder

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "clients.preview_claims": self.preview,
            "clients.resolve_subject": self.resolve,
        }

    async def preview(self, request: Request) -> Response:
        """Whoever sees a person's claims here may see the person (R120)."""
        body = await request.json(PreviewBody)
        if _PEOPLE not in request.permissions:
            raise Forbidden(_PEOPLE)
        store = request.store
        client = await self.clients.get(store, path_id(request))
        user = await self.users.get(store, UserId(body.user))
        scopes = await self._scopes(request, client, body)
        catalog = await self.directory.catalog(store)
        resources = () if body.resource is None else (body.resource,)
        of_api = catalog.claim_rules(resources)
        rules = (*client.options.claim_rules, *of_api)
        known = await self.values.known(store, client, user.id, (*rules, *_ANYTHING))
        claims = [
            *standard(known, scopes),
            *by_rule(rules, known, scopes, is_readable=not catalog.is_opaque(resources)),
            *_elsewhere(client, catalog, resources),
        ]
        subject = await self.subjects.of(store, client, user.id)
        view = PreviewView(subject=subject, scopes=sorted(scopes.granted), claims=claims)
        return answer(request, view)

    async def _scopes(self, request: Request, client: Client, body: PreviewBody) -> Scopes:
        grant = await self.grants.find(request.store, body.user, client.id)
        consented = client.scopes if client.skip_consent else grant.scope if grant else ()
        asked = consented if body.scopes is None else body.scopes
        return Scopes(client.scopes, asked, consented)

    async def resolve(self, request: Request) -> Response:
        """Nobody unveils a person without a trace: who asked is written down first (R117)."""
        body = await request.json(SubjectBody)
        client = await self.clients.get(request.store, path_id(request))
        found = await self.subjects.find(request.store, client, body.subject)
        user = None if found is None else await self.users.find(request.store, UserId(found))
        if user is None:
            raise NotFound("no such subject of this application")
        fact = SUBJECT_RESOLVED(("client", client.id), person=user.id)

        async def work(tx: Tx) -> None:
            await self.recorder.record(tx, fact, request.cause)

        await request.store.transact(work)
        sector = sector_of(client) if is_pairwise(client) else None
        return answer(request, SubjectView(subject=body.subject, user=user.id, sector=sector))


_ANYTHING = (ClaimRule(claim="any", source="user.username"),)
"""So that the person is read for the standard claims, where no rule asks for them."""


def _elsewhere(client: Client, catalog: Catalog, resources: tuple[str, ...]) -> list[ClaimView]:
    """Return the rules of APIs that the token is not for, of those that the client works with."""
    return [
        ClaimView(
            claim=rule.claim, into="access_token", source=rule.source or "literal",
            scope=rule.scope, why="wrong_api",
        )
        for identifier in client.audiences
        if identifier not in resources and identifier in catalog.by_identifier
        for rule in catalog.by_identifier[identifier].options.claim_rules
    ]  # fmt: skip
