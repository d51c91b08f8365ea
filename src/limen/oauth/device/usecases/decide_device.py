"""Decide what a device asked for: once, by one person, with everything that they stand on."""

from dataclasses import dataclass

from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx, UniqueConflict
from limen.oauth.decoupled.approvals import Approvals, Asked, as_person
from limen.oauth.device.api import DEVICE_APPROVED, DEVICE_DENIED
from limen.oauth.device.errors import UserCodeUnknown
from limen.oauth.device.ports import DeviceStore
from limen.sessions.api import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    devices: DeviceStore
    approvals: Approvals
    recorder: Recorder

    async def approve(
        self, store: Store, code_mac: bytes, asked: Asked, session: Session, cause: Cause
    ) -> None:
        """Let the device have what it asked for.

        Raises UserCodeUnknown where somebody decided first or time ran out, and AccessDenied
        where person, session or client may not act any more; nothing is changed then.
        """

        async def work(tx: Tx) -> None:
            approval = await self.approvals.approve(tx, asked.wish, session)
            if not await self.devices.approve(tx, code_mac, approval):
                raise UserCodeUnknown("decided or expired meanwhile")
            fact = DEVICE_APPROVED(
                ("client", asked.client),
                data={
                    "grant": str(approval.grant),
                    "scope": asked.wish.scope,
                    "resources": asked.wish.resources,
                },
                person=UserId(session.user),
                personal={"asked_from": asked.ip},
            )
            await self.recorder.record(tx, fact, as_person(cause, session))

        try:
            await store.transact(work)
        except UniqueConflict:  # another tab made the grant: it is there now
            await store.transact(work)

    async def deny(
        self, store: Store, code_mac: bytes, asked: Asked, session: Session, cause: Cause
    ) -> None:
        """Refuse it for good.  Raises UserCodeUnknown where somebody decided first."""
        fact = DEVICE_DENIED(
            ("client", asked.client), data={"scope": asked.wish.scope},
            person=UserId(session.user), personal={"asked_from": asked.ip},
            reason="consent_refused",
        )  # fmt: skip

        async def work(tx: Tx) -> None:
            if not await self.devices.deny(tx, code_mac):
                raise UserCodeUnknown("decided or expired meanwhile")
            await self.recorder.record(tx, fact, as_person(cause, session))

        await store.transact(work)
