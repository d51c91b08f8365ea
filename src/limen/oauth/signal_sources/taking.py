"""Taking an event: what the source's policy says is done, once, and written down."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from limen.access.api import Roles, Subject
from limen.identity.api import Users
from limen.kernel.errors import Refusal
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.replays import Replays
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.oauth.signal_sources.api import SIGNAL_NOT_ACTED, SIGNAL_RECEIVED
from limen.oauth.signal_sources.believing import Believed, EventBeliever
from limen.oauth.signal_sources.model import Action, Source
from limen.oauth.signal_sources.people import SubjectsHere
from limen.oauth.signal_sources.ports import DemandPassword
from limen.oauth.signals.model.events import KINDS
from limen.sessions.api import Sessions

_KIND: Final = "signal"
_REASON: Final = "security_event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """`demands` is filled by the composition: passwords belong to authentication."""

    believer: EventBeliever
    people: SubjectsHere
    users: Users
    sessions: Sessions
    roles: Roles
    replays: Replays
    recorder: Recorder
    demands: Sequence[DemandPassword]

    async def take(
        self, store: Store, tenant: Tenant, source: Source, token: str, cause: Cause
    ) -> bool:
        """Do what the event asks for; False for one that was taken before, which does nothing.

        Raises SetRefused, having changed nothing; Unavailable where it should come again.
        A demanded password ends the sessions in the unit; that the old one opens nothing any
        more is a unit of its own after it.
        """
        believed = await self.believer.believe(tenant, source, token)
        user = await self.people.find(store, tenant, source, believed.subject)
        chosen: dict[Action, None] = {}
        for event in believed.events:
            chosen |= dict.fromkeys(source.settings.actions_for(event.uri))
        chosen.pop("record", None)

        async def work(tx: Tx) -> bool | None:
            until = datetime.fromtimestamp(believed.known_until, UTC)
            key = f"{source.id}:{believed.jti}"
            if not await self.replays.claim(tx, _KIND, key, until):
                return None
            await self._record(tx, source, believed, user, cause)
            if user is None or not chosen:
                return False
            return await self._act(tx, source, user, list(chosen), cause)

        acted = await store.transact(work)
        if acted and user is not None and "demand_password" in chosen:
            await self._demand(store, source, user, cause)
        return acted is not None

    async def _record(
        self, tx: Tx, source: Source, believed: Believed, user: UUID | None, cause: Cause
    ) -> None:
        kinds = [KINDS.get(event.uri, event.uri) for event in believed.events]
        data: dict[str, object] = {"events": kinds, "known": user is not None}
        person = UserId(user) if user else None
        fact = SIGNAL_RECEIVED(("signal_source", source.id), data=data, person=person)
        await self.recorder.record(tx, fact, cause)

    async def _act(
        self, tx: Tx, source: Source, user: UUID, actions: Sequence[Action], cause: Cause
    ) -> bool:
        """Return whether the source may do something to this person at all (R120)."""
        person = UserId(user)
        try:
            reach = frozenset(source.reach)
            await self.roles.check_not_stronger(tx, Subject("user", user), by=reach)
        except Refusal:
            await self._not_acted(tx, source, person, "beyond_reach", cause)
            return False
        if "end_sessions" in actions or "demand_password" in actions:
            await self.sessions.end_all(tx, person, cause, reason=_REASON)
        if "suspend" in actions:
            await self._suspend(tx, source, person, cause)
        return True

    async def _suspend(self, tx: Tx, source: Source, user: UserId, cause: Cause) -> None:
        found = await self.users.get(tx, user)
        if found.status == "suspended":
            return
        try:
            await self.users.change_status(tx, user, "suspended", cause, reason=_REASON)
        except Refusal as refusal:  # the last administrator: refused before anything was written
            await self._not_acted(tx, source, user, refusal.code, cause)

    async def _demand(self, store: Store, source: Source, user: UUID, cause: Cause) -> None:
        for demand in self.demands:
            try:
                await demand(store, user=UserId(user), cause=cause)
            except Refusal as refusal:  # no password, or no mail
                await store.transact(self._later(source, UserId(user), refusal.code, cause))

    def _later(
        self, source: Source, user: UserId, reason: str, cause: Cause
    ) -> Callable[[Tx], Awaitable[None]]:
        async def work(tx: Tx) -> None:
            await self._not_acted(tx, source, user, reason, cause)

        return work

    async def _not_acted(
        self, tx: Tx, source: Source, user: UserId, reason: str, cause: Cause
    ) -> None:
        fact = SIGNAL_NOT_ACTED(("signal_source", source.id), person=user, reason=reason)
        await self.recorder.record(tx, fact, cause)
