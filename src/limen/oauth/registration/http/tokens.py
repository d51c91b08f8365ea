"""The management API of initial access tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.events import Recorder
from limen.kernel.uow import Tx
from limen.oauth.registration.model.terms import TokenTerms
from limen.oauth.registration.ports import InitialToken, InitialTokenStore
from limen.oauth.registration.settings import RegistrationSettings
from limen.oauth.registration.usecases.initial_tokens import create_token, revoke_token
from limen.oauth.registration.views import (
    InitialTokensQuery,
    NewInitialTokenBody,
    initial_token_view,
    made_view,
)
from limen.platform.http.api import Listings, answer, no_content, path_id, read_query
from limen.platform.http.messages import Handler, Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialTokensApi:
    tokens: InitialTokenStore
    recorder: Recorder
    listings: Listings
    settings: RegistrationSettings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "registration_tokens.list": self.list_,
            "registration_tokens.create": self.create,
            "registration_tokens.revoke": self.revoke,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, InitialTokensQuery)
        after = await self.listings.after(request, query)
        found = await self.tokens.list_after(request.store, after, query.limit + 1)
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        views = [initial_token_view(token) for token in page]
        return await self.listings.answer(request, query, views, last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewInitialTokenBody)
        lifetime = self.settings.token_lifetime
        if body.lifetime is not None:
            lifetime = timedelta(seconds=min(max(body.lifetime, 0), 10**9))
        terms = TokenTerms(
            scopes=body.scopes, grant_types=body.grant_types, redirect_hosts=body.redirect_hosts
        )

        async def work(tx: Tx) -> tuple[InitialToken, str]:
            return await create_token(
                tx, request.cause, name=body.name, terms=terms, uses=body.uses,
                lifetime=lifetime, tokens=self.tokens, recorder=self.recorder,
            )  # fmt: skip

        token, text = await request.store.transact(work)
        return answer(request, made_view(token, text), status=201)

    async def revoke(self, request: Request) -> Response:
        token = path_id(request)

        async def work(tx: Tx) -> None:
            await revoke_token(tx, token, request.cause, tokens=self.tokens, recorder=self.recorder)

        await request.store.transact(work)
        return no_content()
