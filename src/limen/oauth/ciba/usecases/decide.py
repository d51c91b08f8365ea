"""The person decides: once, in their own session, and the client is called back."""

from dataclasses import dataclass
from uuid import UUID

from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx, UniqueConflict
from limen.oauth.ciba.api import CIBA_APPROVED, CIBA_DENIED
from limen.oauth.ciba.errors import RequestOver
from limen.oauth.ciba.notices import Notices
from limen.oauth.ciba.ports import RequestStore, WaitingRequest
from limen.oauth.decoupled.approvals import Approvals, as_person
from limen.sessions.api import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    requests: RequestStore
    approvals: Approvals
    notices: Notices
    recorder: Recorder

    async def find(self, store: Store, user: UUID, request: UUID) -> WaitingRequest:
        """Return what waits for this very person.  Raises RequestOver."""
        for one in await self.requests.waiting(store, user):
            if one.id == request:
                return one
        raise RequestOver("nothing of this person waits under this id")

    async def approve(
        self, store: Store, waiting: WaitingRequest, session: Session, cause: Cause
    ) -> None:
        """Allow it.  Raises RequestOver where it was decided or expired, AccessDenied where
        person, session or client may not act any more; nothing is changed then."""

        async def work(tx: Tx) -> None:
            approval = await self.approvals.approve(tx, waiting.wish, session)
            if not await self.requests.approve(tx, waiting.id, session.user, approval):
                raise RequestOver("decided or expired meanwhile")
            await self.notices.tell(tx, waiting.id, waiting.client_id, waiting.mode)
            data = {"request": str(waiting.id), "grant": str(approval.grant),
                    "scope": waiting.wish.scope}  # fmt: skip
            fact = CIBA_APPROVED(
                ("client", waiting.client_id), data=data, person=UserId(session.user)
            )
            await self.recorder.record(tx, fact, as_person(cause, session))

        try:
            await store.transact(work)
        except UniqueConflict:  # another tab made the grant: it is there now
            await store.transact(work)

    async def deny(
        self, store: Store, waiting: WaitingRequest, session: Session, cause: Cause
    ) -> None:
        """Refuse it for good.  Raises RequestOver."""
        fact = CIBA_DENIED(
            ("client", waiting.client_id), data={"request": str(waiting.id)},
            person=UserId(session.user), reason="consent_refused",
        )  # fmt: skip

        async def work(tx: Tx) -> None:
            if not await self.requests.deny(tx, waiting.id, session.user):
                raise RequestOver("decided or expired meanwhile")
            await self.notices.tell(tx, waiting.id, waiting.client_id, waiting.mode)
            await self.recorder.record(tx, fact, as_person(cause, session))

        await store.transact(work)
