"""The management API of sources: nobody has events do what they may not do (R120)."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from msgspec import UNSET, UnsetType

from limen.kernel.errors import FieldError, Invalid, NotFound, Stale
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.kernel.vault import Vault
from limen.oauth.signal_sources.api import SOURCE_CHANGED, SOURCE_CREATED, SOURCE_DELETED
from limen.oauth.signal_sources.errors import BeyondReach
from limen.oauth.signal_sources.model import NEEDED, Source, SourceSettings, check_source
from limen.oauth.signal_sources.polling import place_of_secret
from limen.oauth.signal_sources.store import SqlSources
from limen.oauth.signal_sources.views import (
    NewSourceBody,
    SourceChanges,
    SourcesQuery,
    source_view,
)
from limen.platform.crypto import digest_of, new_secret
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

_PATH = "/api/v1/signal-sources"
_TARGET = "signal_source"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesApi:
    sources: SqlSources
    vault: Vault
    recorder: Recorder
    listings: Listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "signal_sources.list": self.list_,
            "signal_sources.create": self.create,
            "signal_sources.get": self.get,
            "signal_sources.update": self.update,
            "signal_sources.delete": self.delete,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, SourcesQuery)
        after = await self.listings.after(request, query)
        found = await self.sources.list_after(request.store, after, query.limit + 1)
        page = found[: query.limit]
        views = [source_view(source, request.tenant.issuer) for source in page]
        last = page[-1].id if len(found) > query.limit else None
        return await self.listings.answer(request, query, views, last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewSourceBody)
        settings, source, secret = body.settings(), new_id(), new_secret()
        check_source(body.issuer, settings, own=request.tenant.issuer)
        _check_reach(request, settings)
        sealed = await self._sealed(request, source, body.secret)

        async def work(tx: Tx) -> Source | None:
            await self.sources.add(
                tx, source, body.issuer, settings, reach=sorted(request.permissions),
                push_digest=digest_of(secret), secret_sealed=sealed,
            )  # fmt: skip
            fact = SOURCE_CREATED((_TARGET, source), data={"issuer": body.issuer})
            await self.recorder.record(tx, fact, request.cause)
            return await self.sources.find(tx, source)

        made = await request.store.transact(work)
        if made is None:
            raise NotFound("it was deleted meanwhile")
        view = source_view(made, request.tenant.issuer, secret)
        return created(request, view, f"{_PATH}/{source}", version=made.version)

    async def get(self, request: Request) -> Response:
        return self._answer(request, await self._find(request))

    async def update(self, request: Request) -> Response:
        """Change it; from then on it does no more than whoever changed it may do."""
        body = await request.json(SourceChanges)
        before = await self._find(request)
        settings = body.applied(before.settings)
        check_source(before.issuer, settings, own=request.tenant.issuer)
        _check_reach(request, settings)
        version = expected_version(request)
        if version is not None and version != before.version:
            raise Stale("If-Match")
        secret = before.secret_sealed
        if not isinstance(body.secret, UnsetType):
            secret = await self._sealed(request, before.id, body.secret)
        enabled = before.enabled if body.enabled is UNSET else bool(body.enabled)

        async def work(tx: Tx) -> None:
            if not await self.sources.change(
                tx, before.id, before.version, settings, enabled=enabled,
                reach=sorted(request.permissions), secret_sealed=secret,
            ):  # fmt: skip
                raise Stale("changed meanwhile")
            fact = SOURCE_CHANGED((_TARGET, before.id), data={"enabled": enabled})
            await self.recorder.record(tx, fact, request.cause)

        await request.store.transact(work)
        return self._answer(request, await self._find(request))

    async def delete(self, request: Request) -> Response:
        source = await self._find(request)

        async def work(tx: Tx) -> None:
            await self.sources.remove(tx, source.id)
            fact = SOURCE_DELETED((_TARGET, source.id), data={"issuer": source.issuer})
            await self.recorder.record(tx, fact, request.cause)

        await request.store.transact(work)
        return no_content()

    def _answer(self, request: Request, source: Source) -> Response:
        view = source_view(source, request.tenant.issuer)
        return answer(request, view, version=source.version)

    async def _find(self, request: Request) -> Source:
        source = await self.sources.find(request.store, path_id(request))
        if source is None:
            raise NotFound("no such source")
        return source

    async def _sealed(self, request: Request, source: UUID, secret: str | None) -> bytes | None:
        if secret is None:
            return None
        if not 0 < len(secret) <= 4000 or not secret.isascii() or not secret.isprintable():
            raise Invalid(FieldError("secret", "invalid", "must be printable ASCII"))
        keyring = await self.vault.keyring(request.store)
        return keyring.seal(place_of_secret(source), secret.encode())


def _check_reach(request: Request, settings: SourceSettings) -> None:
    """Raises BeyondReach."""
    wanted = {action for actions in settings.actions.values() for action in actions}
    for action in wanted:
        needed = NEEDED.get(action)
        if needed is not None and needed not in request.permissions:
            raise BeyondReach(action)
