"""The management API of APIs (resource servers), grants and minted tokens."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.identity.api import User, Users
from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.uow import Tx
from limen.oauth.bearer import MintedTokens
from limen.oauth.clients import StoredClients
from limen.oauth.directory import Directory
from limen.oauth.http.views import (
    ApiChanges,
    ApisQuery,
    GrantsQuery,
    NewApiBody,
    NewTokenBody,
    TokenView,
    api_view,
    grant_view,
)
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.model.resources import Api, ApiSettings
from limen.oauth.options import ApiOptions
from limen.oauth.ports import ApiStore, GrantStore
from limen.oauth.usecases.change_api import change_api, delete_api, register_api
from limen.oauth.usecases.revoke_grant import revoke_grant
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
from limen.sessions.api import RefreshTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class ApisApi:
    apis: ApiStore
    directory: Directory
    keys: SigningKeys
    recorder: Recorder
    listings: Listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "apis.list": self.list_,
            "apis.create": self.create,
            "apis.get": self.get,
            "apis.update": self.update,
            "apis.delete": self.delete,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, ApisQuery)
        after = await self.listings.after(request, query)
        found = await self.apis.list_after(request.store, after, query.limit + 1)
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        return await self.listings.answer(request, query, [api_view(a) for a in page], last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewApiBody)
        chosen = ApiSettings(
            name=body.name,
            scopes=tuple(scope.text() for scope in body.scopes),
            access_token_lifetime=body.access_token_lifetime,
            access_token_alg=body.access_token_alg,
            options=body.options,
        )
        await self._ensure_key(request, chosen.access_token_alg)

        async def work(tx: Tx) -> Api:
            return await register_api(
                tx, body.identifier, chosen, request.cause, issuer=request.tenant.issuer,
                apis=self.apis, directory=self.directory, recorder=self.recorder,
            )  # fmt: skip

        api = await request.store.transact(work)
        return created(request, api_view(api), f"/api/v1/apis/{api.id}", version=api.version)

    async def get(self, request: Request) -> Response:
        api = await self._get(request)
        return answer(request, api_view(api), version=api.version)

    async def update(self, request: Request) -> Response:
        body = await request.json(ApiChanges)
        before = await self._get(request)
        chosen = _merged(before, body)
        await self._ensure_key(request, chosen.access_token_alg)
        version = expected_version(request)

        async def work(tx: Tx) -> Api:
            return await change_api(
                tx, before.id, chosen, request.cause, version=version or before.version,
                issuer=request.tenant.issuer, apis=self.apis, directory=self.directory,
                recorder=self.recorder,
            )  # fmt: skip

        api = await request.store.transact(work)
        return answer(request, api_view(api), version=api.version)

    async def delete(self, request: Request) -> Response:
        api = path_id(request)

        async def work(tx: Tx) -> None:
            await delete_api(
                tx, api, request.cause, apis=self.apis, directory=self.directory,
                recorder=self.recorder,
            )  # fmt: skip

        await request.store.transact(work)
        return no_content()

    async def _get(self, request: Request) -> Api:
        api = await self.apis.find(request.store, path_id(request))
        if api is None:
            raise NotFound("no such API")
        return api

    async def _ensure_key(self, request: Request, alg: str | None) -> None:
        if alg in ALGORITHMS:
            await self.keys.ensure(request.store, alg, request.cause)


def _merged(before: Api, changes: ApiChanges) -> ApiSettings:
    """Return the settings of `before` with what was sent."""
    scopes, name, options = changes.scopes, changes.name, changes.options
    lifetime, alg = changes.access_token_lifetime, changes.access_token_alg
    return ApiSettings(
        name=name if isinstance(name, str) else before.name,
        scopes=tuple(s.text() for s in scopes) if isinstance(scopes, list) else before.scopes,
        access_token_lifetime=(
            lifetime if lifetime is None or isinstance(lifetime, int)
            else before.access_token_lifetime
        ),
        access_token_alg=(
            alg if alg is None or isinstance(alg, str) else before.access_token_alg
        ),
        options=options if isinstance(options, ApiOptions) else before.options,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantsApi:
    grants: GrantStore
    refresh_tokens: RefreshTokens
    recorder: Recorder
    listings: Listings

    def handlers(self) -> Mapping[str, Handler]:
        return {"grants.list": self.list_, "grants.revoke": self.revoke}

    async def list_(self, request: Request) -> Response:
        query = read_query(request, GrantsQuery)
        after = await self.listings.after(request, query)
        named = (("user", query.user), ("client", query.client))
        filters = {name: value for name, value in named if value is not None}
        found = await self.grants.list_after(request.store, filters, after, query.limit + 1)
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        return await self.listings.answer(request, query, [grant_view(g) for g in page], last)

    async def revoke(self, request: Request) -> Response:
        grant = await self.grants.get(request.store, path_id(request))
        if grant is None:
            raise NotFound("no live grant of this tenant")

        async def work(tx: Tx) -> bool:
            return await revoke_grant(
                tx, grant.id, request.cause, user=UserId(grant.user_id),
                reason="revoked_by_administrator", grants=self.grants,
                refresh_tokens=self.refresh_tokens, recorder=self.recorder,
            )  # fmt: skip

        if not await request.store.transact(work):
            raise NotFound("revoked a moment ago")
        return no_content()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensApi:
    """`limen token create`: a token in another's name, for operators at the machine (R122).

    Its route is local: no request reaches it.
    """

    minted: MintedTokens
    clients: StoredClients
    users: Users

    def handlers(self) -> Mapping[str, Handler]:
        return {"tokens.create": self.create}

    async def create(self, request: Request) -> Response:
        body = await request.json(NewTokenBody)
        user = await self._user(request, body)
        client = await self.clients.get(request.store, body.client) if body.client else None
        token = await self.minted.mint(
            request.store, request.tenant, user=user, client=client, scopes=body.scopes,
            cause=request.cause,
        )  # fmt: skip
        return answer(request, TokenView(access_token=token), status=201)

    async def _user(self, request: Request, body: NewTokenBody) -> User | None:
        if body.user is None:
            return None
        return await self.users.get(request.store, UserId(body.user))
