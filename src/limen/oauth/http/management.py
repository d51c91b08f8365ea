"""The management API of clients: nobody gives, or touches, more than they hold (R120)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from limen.kernel.errors import Forbidden
from limen.kernel.events import Recorder
from limen.kernel.uow import Tx
from limen.oauth.api import Client, NewClient
from limen.oauth.clients import StoredClients
from limen.oauth.http.views import (
    ClientChanges,
    ClientsQuery,
    NewClientBody,
    client_view,
    new_secret_view,
)
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.model.scopes import powers_of
from limen.oauth.options import ClientOptions
from limen.oauth.sectors import Claimed, SectorDocuments
from limen.oauth.settings import OAuthSettings
from limen.oauth.usecases.change_client import (
    change_client,
    delete_client,
    rotate_client_secret,
    switch_client,
)
from limen.platform.http.api import (
    Listings,
    answer,
    created,
    expected_version,
    no_content,
    path_id,
    read_query,
)
from limen.platform.http.messages import Handler, Request, Response
from limen.platform.jose.encryption import KEY_ALGS
from limen.sessions.api import RefreshTokens


class BeyondYourPermissions(Forbidden):
    """R120, A081: a client must not become a way to more than its maker holds."""

    code = "beyond_your_permissions"
    hint = "This application holds, or would hold, permissions that you do not hold yourself."


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsApi:
    clients: StoredClients
    keys: SigningKeys
    sectors: SectorDocuments
    refresh_tokens: RefreshTokens
    recorder: Recorder
    listings: Listings
    settings: OAuthSettings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "clients.list": self.list_,
            "clients.create": self.create,
            "clients.get": self.get,
            "clients.update": self.update,
            "clients.delete": self.delete,
            "clients.enable": self.enable,
            "clients.disable": self.disable,
            "clients.rotate_secret": self.rotate_secret,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, ClientsQuery)
        after = await self.listings.after(request, query)
        found = await self.clients.clients.list_after(
            request.store, after, query.limit + 1, newest_first=query.sort == "-created_at"
        )
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        return await self.listings.answer(request, query, [client_view(c) for c in page], last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewClientBody)
        new = NewClient(**msgspec.structs.asdict(body))
        _check_held(request, new.scopes or ())
        algs = (new.id_token_alg, new.access_token_alg, *new.options.keys_needed)
        await self._ensure_keys(request, algs)
        grants = new.grant_types or ()
        await self.sectors.check(Claimed(new.options, new.redirect_uris, grants, "managed"))

        async def work(tx: Tx) -> tuple[Client, str | None]:
            return await self.clients.create(tx, new, request.cause)

        client, secret = await request.store.transact(work)
        location = f"/api/v1/clients/{client.id}"
        view = new_secret_view(client, secret)
        return created(request, view, location, version=client.version)

    async def get(self, request: Request) -> Response:
        client = await self.clients.get(request.store, path_id(request))
        return answer(request, client_view(client), version=client.version)

    async def update(self, request: Request) -> Response:
        body = await request.json(ClientChanges)
        before, changes = await self._touchable(request), body.named()
        added = set(body.scopes or ()) - set(before.scopes)
        _check_held(request, added)
        options = body.options if isinstance(body.options, ClientOptions) else ClientOptions()
        algs = (body.id_token_alg, body.access_token_alg, *options.keys_needed)
        await self._ensure_keys(request, (alg for alg in algs if isinstance(alg, str)))
        version = expected_version(request)
        await self._check_sector(before, changes)

        async def work(tx: Tx) -> Client:
            return await change_client(
                tx, before.id, changes, request.cause, version=version,
                clients=self.clients.clients, apis=self.clients.apis,
                directory=self.clients.directory, policies=self.clients.policies,
                recorder=self.recorder, installed=self.clients.installed,
            )  # fmt: skip

        client = await request.store.transact(work)
        return answer(request, client_view(client), version=client.version)

    async def _check_sector(self, before: Client, changes: Mapping[str, object]) -> None:
        """Ask the sector's document again where it matters.  Raises Invalid."""
        if changes.keys().isdisjoint(("options", "redirect_uris", "grant_types")):
            return
        names = ("options", "redirect_uris", "grant_types")
        now: dict[str, Any] = {name: changes.get(name, getattr(before, name)) for name in names}
        await self.sectors.check(Claimed(**now, registered=before.registered))

    async def delete(self, request: Request) -> Response:
        client = await self._touchable(request)

        async def work(tx: Tx) -> None:
            await delete_client(
                tx, client.id, request.cause, clients=self.clients.clients,
                directory=self.clients.directory, recorder=self.recorder,
                refresh_tokens=self.refresh_tokens,
            )  # fmt: skip

        await request.store.transact(work)
        return no_content()

    async def enable(self, request: Request) -> Response:
        return await self._switch(request, enabled=True)

    async def disable(self, request: Request) -> Response:
        return await self._switch(request, enabled=False)

    async def _switch(self, request: Request, *, enabled: bool) -> Response:
        client = await self._touchable(request)

        async def work(tx: Tx) -> Client:
            return await switch_client(
                tx, client.id, request.cause, enabled=enabled, clients=self.clients.clients,
                directory=self.clients.directory, recorder=self.recorder,
            )  # fmt: skip

        changed = await request.store.transact(work)
        return answer(request, client_view(changed), version=changed.version)

    async def rotate_secret(self, request: Request) -> Response:
        client = await self._touchable(request)

        async def work(tx: Tx) -> tuple[Client, str]:
            return await rotate_client_secret(
                tx, client.id, request.cause, overlap=self.settings.secret_overlap,
                clients=self.clients.clients, directory=self.clients.directory,
                recorder=self.recorder, vault=self.clients.vault,
            )  # fmt: skip

        changed, secret = await request.store.transact(work)
        return answer(request, new_secret_view(changed, secret), version=changed.version)

    async def _touchable(self, request: Request) -> Client:
        """Return the client of the path, if it holds no more than the caller.

        What it can do to this API is its roles' within its scopes, for itself as for people.
        Raises NotFound, BeyondYourPermissions.
        """
        client = await self.clients.get(request.store, path_id(request))
        _check_held(request, client.scopes)
        return client

    async def _ensure_keys(self, request: Request, algs: Iterable[str]) -> None:
        """Make keys for what is asked, outside any unit; unknown names are refused later."""
        for alg in sorted(set(algs)):
            if alg in ALGORITHMS or alg in KEY_ALGS:
                await self.keys.ensure(request.store, alg, request.cause)


def _check_held(request: Request, scopes: Iterable[str]) -> None:
    beyond = powers_of(scopes) - request.permissions
    if beyond:
        raise BeyondYourPermissions(" ".join(sorted(beyond)))
