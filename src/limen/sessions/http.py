"""The API's handlers for sessions and families; the guard has asked for permission before."""

from collections.abc import Mapping
from uuid import UUID

from limen.kernel.errors import Forbidden, NotFound
from limen.kernel.ids import FamilyId, SessionId, UserId
from limen.kernel.standing import Gate, Principal
from limen.kernel.uow import Reader
from limen.platform.http.api import Listings, Paging, answer, no_content, path_id, read_query
from limen.platform.http.faces import FindOwner
from limen.platform.http.messages import Handler, Request, Response
from limen.sessions.api import RefreshTokens, Sessions
from limen.sessions.ports import FamilyRows, SessionRows
from limen.sessions.usecases.views import family_of
from limen.sessions.views import (
    Ended,
    FamiliesQuery,
    SessionsQuery,
    family_view,
    session_view,
)

_ALL = Paging()


class SessionsApi:
    """Handlers by operation."""

    def __init__(
        self,
        sessions: Sessions,
        refresh_tokens: RefreshTokens,
        rows: SessionRows,
        families: FamilyRows,
        gate: Gate,
        listings: Listings,
    ) -> None:
        self._sessions, self._refresh_tokens = sessions, refresh_tokens
        self._rows, self._families = rows, families
        self._gate, self._listings = gate, listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "sessions.list": self.list_,
            "sessions.get": self.get,
            "sessions.revoke": self.revoke,
            "sessions.revoke_all": self.revoke_all,
            "token_families.list": self.list_families,
            "token_families.revoke": self.revoke_family,
            "me.sessions.list": self.list_own,
            "me.sessions.revoke": self.revoke_own,
            "me.sessions.revoke_others": self.revoke_others,
        }

    def owners(self) -> Mapping[str, FindOwner]:
        return {"session": self.person_of_session, "token_family": self.person_of_family}

    async def person_of_session(self, reader: Reader, session: UUID) -> UUID | None:
        found = await self._rows.find(reader, session)
        return None if found is None else found.user

    async def person_of_family(self, reader: Reader, family: UUID) -> UUID | None:
        found = await self._families.find(reader, family)
        return None if found is None else found.user_id

    async def list_(self, request: Request) -> Response:
        query = read_query(request, SessionsQuery)
        after = await self._listings.after(request, query)
        found = await self._rows.page(
            request.store, user=query.user, after=after, limit=query.limit + 1
        )
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        current = _current(request)
        views = [session_view(session, current) for session in page]
        return await self._listings.answer(request, query, views, last)

    async def get(self, request: Request) -> Response:
        session = await self._rows.find_live(request.store, path_id(request))
        if session is None:
            raise NotFound("no live session of this tenant")
        return answer(request, session_view(session, _current(request)))

    async def revoke(self, request: Request) -> Response:
        await self._end(request, SessionId(path_id(request)), reason="revoked_by_administrator")
        return no_content()

    async def revoke_all(self, request: Request) -> Response:
        user = UserId(path_id(request, "user"))
        refusal = await self._gate.refusal(request.store, Principal(user=user))
        if refusal == "user_unknown":
            raise NotFound("no person of this tenant")
        return await self._end_all(request, user, reason="revoked_by_administrator")

    async def list_families(self, request: Request) -> Response:
        query = read_query(request, FamiliesQuery)
        after = await self._listings.after(request, query)
        named = ((name, getattr(query, name)) for name in ("user", "client", "session", "grant"))
        filters = {name: value for name, value in named if value is not None}
        found = await self._families.page(
            request.store, filters, after=after, limit=query.limit + 1
        )
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        views = [family_view(family_of(state)) for state in page]
        return await self._listings.answer(request, query, views, last)

    async def revoke_family(self, request: Request) -> Response:
        family = FamilyId(path_id(request))
        revoked = await request.store.transact(
            lambda tx: self._refresh_tokens.revoke(
                tx, family, request.cause, reason="revoked_by_administrator"
            )
        )
        if not revoked:
            raise NotFound("no live family of this tenant")
        return no_content()

    async def list_own(self, request: Request) -> Response:
        found = await self._sessions.list_of(request.store, _person(request))
        current = _current(request)
        views = [session_view(session, current) for session in found]
        return await self._listings.answer(request, _ALL, views, None)

    async def revoke_own(self, request: Request) -> Response:
        person, session = _person(request), SessionId(path_id(request))
        found = await self._sessions.find(request.store, session)
        if found is None or found.user != person:
            raise NotFound("not a session of this person")
        await self._end(request, session, reason="revoked_by_user")
        return no_content()

    async def revoke_others(self, request: Request) -> Response:
        return await self._end_all(
            request, _person(request), reason="revoked_by_user", keep=_current(request)
        )

    async def _end(self, request: Request, session: SessionId, *, reason: str) -> None:
        ended = await request.store.transact(
            lambda tx: self._sessions.end(tx, session, request.cause, reason=reason)
        )
        if not ended:
            raise NotFound("no live session of this tenant")

    async def _end_all(
        self, request: Request, user: UserId, *, reason: str, keep: UUID | None = None
    ) -> Response:
        kept = None if keep is None else SessionId(keep)
        ended = await request.store.transact(
            lambda tx: self._sessions.end_all(tx, user, request.cause, reason=reason, keep=kept)
        )
        return answer(request, Ended(ended=ended))


def _person(request: Request) -> UserId:
    caller = request.caller
    if caller is None or caller.user is None:
        raise Forbidden("a machine has no sessions")
    return UserId(caller.user)


def _current(request: Request) -> UUID | None:
    return request.caller.session if request.caller else None
