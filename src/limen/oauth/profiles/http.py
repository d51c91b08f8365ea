"""The API's handlers of profiles; the guard has asked for permission before."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.clients import StoredClients
from limen.oauth.options import OAuthPolicy
from limen.oauth.profiles.model import profile_of
from limen.oauth.profiles.views import (
    ProfileQuery,
    TenantCheckView,
    WeakClientView,
    client_check,
    weak_client,
)
from limen.platform.http.api import answer, path_id, read_query
from limen.platform.http.messages import Handler, Request, Response

_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class ProfilesApi:
    clients: StoredClients

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "clients.check_profile": self.check_client,
            "oauth_policy.check_profile": self.check_tenant,
        }

    async def check_client(self, request: Request) -> Response:
        query = read_query(request, ProfileQuery)
        client = await self.clients.get(request.store, path_id(request))
        policy = await self.clients.policies.of(request.store)
        profile = query.profile or profile_of(client.options, policy)
        return answer(request, client_check(client, profile))

    async def check_tenant(self, request: Request) -> Response:
        """Each client is judged by the stricter of its own profile and the one asked for."""
        query = read_query(request, ProfileQuery)
        policy = await self.clients.policies.of(request.store)
        asked = OAuthPolicy(profile=query.profile or policy.profile)
        checked, found = 0, list[WeakClientView]()
        async for client in self._every(request.store):
            checked += 1
            weak = weak_client(client, profile_of(client.options, asked))
            if client.enabled and weak is not None:
                found.append(weak)
        view = TenantCheckView(profile=asked.profile, checked=checked, clients=tuple(found))
        return answer(request, view)

    async def _every(self, store: Store) -> AsyncIterator[Client]:
        after: UUID | None = None
        while page := await self.clients.clients.list_after(store, after, _AT_ONCE):
            for client in page:
                yield client
            after = page[-1].id
