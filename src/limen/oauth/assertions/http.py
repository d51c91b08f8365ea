"""The management API of trusted issuers: nobody lets in more than they hold (R120, A081)."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.access.api import Roles, Subject
from limen.identity.api import Users
from limen.kernel.errors import FieldError, Invalid, NotFound, Stale
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.uow import Tx
from limen.oauth.assertions.directory import TrustedIssuers
from limen.oauth.assertions.errors import BeyondYourReach
from limen.oauth.assertions.model.issuers import IssuerSettings, TrustedIssuer, issuer_of
from limen.oauth.assertions.ports import IssuerStore, SubjectLink, SubjectStore
from limen.oauth.assertions.usecases.link_subject import link_subject, unlink_subject
from limen.oauth.assertions.usecases.manage_issuers import (
    change_issuer,
    distrust_issuer,
    switch_issuer,
    trust_issuer,
)
from limen.oauth.assertions.views import (
    IssuerChanges,
    IssuersQuery,
    NewIssuerBody,
    NewSubjectBody,
    SubjectsQuery,
    issuer_view,
    subject_view,
)
from limen.oauth.clients import StoredClients
from limen.oauth.model.scopes import powers_of
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

_PATH = "/api/v1/trusted-issuers"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuersApi:
    issuers: IssuerStore
    subjects: SubjectStore
    directory: TrustedIssuers
    clients: StoredClients
    users: Users
    roles: Roles
    recorder: Recorder
    listings: Listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "issuers.list": self.list_,
            "issuers.create": self.create,
            "issuers.get": self.get,
            "issuers.update": self.update,
            "issuers.delete": self.delete,
            "issuers.enable": self.enable,
            "issuers.disable": self.disable,
            "issuers.list_subjects": self.list_subjects,
            "issuers.link_subject": self.link,
            "issuers.unlink_subject": self.unlink,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, IssuersQuery)
        after = await self.listings.after(request, query)
        found = await self.issuers.list_after(request.store, after, query.limit + 1)
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        return await self.listings.answer(request, query, [issuer_view(i) for i in page], last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewIssuerBody)
        settings = body.settings()
        await self._check_reach(request, settings)

        async def work(tx: Tx) -> TrustedIssuer:
            return await trust_issuer(
                tx, issuer_of(body.issuer, body.preset), settings, request.cause,
                own=request.tenant.issuer, issuers=self.issuers, directory=self.directory,
                recorder=self.recorder,
            )  # fmt: skip

        trusted = await request.store.transact(work)
        view = issuer_view(trusted)
        return created(request, view, f"{_PATH}/{trusted.id}", version=trusted.version)

    async def get(self, request: Request) -> Response:
        trusted = await self._get(request)
        return answer(request, issuer_view(trusted), version=trusted.version)

    async def update(self, request: Request) -> Response:
        body = await request.json(IssuerChanges)
        before = await self._touchable(request)
        settings = body.applied(before.settings)
        await self._check_reach(request, settings)
        version = expected_version(request)
        if version is not None and version != before.version:
            raise Stale("If-Match")

        async def work(tx: Tx) -> TrustedIssuer:
            return await change_issuer(
                tx, before, settings, request.cause, own=request.tenant.issuer,
                issuers=self.issuers, directory=self.directory, recorder=self.recorder,
            )  # fmt: skip

        trusted = await request.store.transact(work)
        return answer(request, issuer_view(trusted), version=trusted.version)

    async def delete(self, request: Request) -> Response:
        issuer = await self._touchable(request)

        async def work(tx: Tx) -> None:
            await distrust_issuer(
                tx, issuer.id, request.cause, issuers=self.issuers, directory=self.directory,
                recorder=self.recorder,
            )  # fmt: skip

        await request.store.transact(work)
        return no_content()

    async def enable(self, request: Request) -> Response:
        return await self._switch(request, enabled=True)

    async def disable(self, request: Request) -> Response:
        return await self._switch(request, enabled=False)

    async def _switch(self, request: Request, *, enabled: bool) -> Response:
        issuer = await self._touchable(request)

        async def work(tx: Tx) -> TrustedIssuer:
            return await switch_issuer(
                tx, issuer.id, request.cause, enabled=enabled, issuers=self.issuers,
                directory=self.directory, recorder=self.recorder,
            )  # fmt: skip

        trusted = await request.store.transact(work)
        return answer(request, issuer_view(trusted), version=trusted.version)

    async def list_subjects(self, request: Request) -> Response:
        query = read_query(request, SubjectsQuery)
        trusted = await self._get(request)
        after = await self.listings.after(request, query)
        count = query.limit + 1
        found = await self.subjects.list_after(request.store, trusted.id, after, count)
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        return await self.listings.answer(request, query, [subject_view(s) for s in page], last)

    async def link(self, request: Request) -> Response:
        body = await request.json(NewSubjectBody)
        trusted = await self._get(request)
        user = await self.users.get(request.store, UserId(body.user))
        held = request.permissions
        await self.roles.check_not_stronger(request.store, Subject("user", user.id), by=held)

        async def work(tx: Tx) -> SubjectLink:
            return await link_subject(
                tx, trusted.id, body.subject, user.id, request.cause, reason="administrator",
                subjects=self.subjects, recorder=self.recorder,
            )  # fmt: skip

        link = await request.store.transact(work)
        location = f"{_PATH}/{trusted.id}/subjects/{link.id}"
        return created(request, subject_view(link), location)

    async def unlink(self, request: Request) -> Response:
        issuer, link = path_id(request), path_id(request, "subject")
        found = await self.subjects.get(request.store, issuer, link)
        if found is None:
            raise NotFound("no such link of this issuer")
        person = Subject("user", found.user_id)
        await self.roles.check_not_stronger(request.store, person, by=request.permissions)

        async def work(tx: Tx) -> None:
            await unlink_subject(
                tx, issuer, link, request.cause, subjects=self.subjects, recorder=self.recorder
            )

        await request.store.transact(work)
        return no_content()

    async def _get(self, request: Request) -> TrustedIssuer:
        trusted = await self.issuers.find(request.store, path_id(request))
        if trusted is None:
            raise NotFound("no such issuer")
        return trusted

    async def _touchable(self, request: Request) -> TrustedIssuer:
        """Return the issuer of the path, if it speaks for nobody beyond the caller's reach.

        Whoever chooses its keys speaks for all of them.  Raises NotFound, BeyondYourReach.
        """
        trusted = await self._get(request)
        await self._check_reach(request, trusted.settings, gone_ok=True)
        store, held = request.store, request.permissions
        linked = await self.subjects.list_after(store, trusted.id, None, 1)
        if linked and "users:write" not in held:
            raise BeyondYourReach("people are linked")
        for person in await self.roles.people_beyond(store, held) if linked else ():
            if await self.subjects.speaks_for(store, trusted.id, person):
                raise BeyondYourReach("somebody stronger is linked")
        return trusted

    async def _check_reach(
        self, request: Request, settings: IssuerSettings, *, gone_ok: bool = False
    ) -> None:
        """Raise BeyondYourReach where the issuer would speak for who may do more; Invalid.

        Whoever speaks for a client does what its scopes allow; addresses can be anybody's.
        """
        if settings.match_email and "users:write" not in request.permissions:
            raise BeyondYourReach("match_email")
        for index, link in enumerate(settings.links):
            client = await self.clients.find(request.store, str(link.client))
            if client is None:
                if gone_ok:
                    continue
                raise Invalid(FieldError(f"links[{index}].client", "unknown", "no such client"))
            if not powers_of(client.scopes) <= request.permissions:
                raise BeyondYourReach(client.client_id)
