"""Status, subjects and verification of a stream (SSF 1.0 §8.1.2–8.1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from limen.identity.api import Users
from limen.kernel.errors import Invalid, TooMany
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.uow import Reader, Tx
from limen.kernel.vault import Vault
from limen.oauth.signals.api import STREAM_CHANGED
from limen.oauth.signals.errors import TooManyStreams, WrongStream
from limen.oauth.signals.http.callers import MANAGE, READ, Asking, Callers, nothing, said
from limen.oauth.signals.model.events import VERIFICATION
from limen.oauth.signals.model.streams import Status, status_of
from limen.oauth.signals.model.subjects import canonical, named_by
from limen.oauth.signals.settings import SignalSettings
from limen.oauth.signals.store import SqlBacklog, SqlStreams
from limen.oauth.signals.store.backlog import Waiting
from limen.oauth.subjects import Subjects
from limen.platform.http.messages import Handler, Response

_EVERY: Final = ("enabled", "paused", "disabled")


class StatusBody(msgspec.Struct, frozen=True):
    stream_id: str
    status: Status
    reason: str | None = None


class SubjectBody(msgspec.Struct, frozen=True):
    stream_id: str
    subject: dict[str, Any]
    verified: bool | None = None


class VerificationBody(msgspec.Struct, frozen=True):
    stream_id: str
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlEndpoint:
    callers: Callers
    streams: SqlStreams
    backlog: SqlBacklog
    users: Users
    subjects: Subjects
    vault: Vault
    recorder: Recorder
    settings: SignalSettings

    def handlers(self) -> Mapping[str, Handler]:
        asked = self.callers.asked
        return {
            "ssf.get_status": asked(self.get_status, READ, MANAGE),
            "ssf.set_status": asked(self.set_status, MANAGE),
            "ssf.add_subject": asked(self.add_subject, MANAGE),
            "ssf.remove_subject": asked(self.remove_subject, MANAGE),
            "ssf.verify": asked(self.verify, MANAGE),
        }

    async def get_status(self, asking: Asking) -> Response:
        stream = await self.callers.stream(asking, asking.request.query.get("stream_id"))
        return said(status_of(stream))

    async def set_status(self, asking: Asking) -> Response:
        """Enable, pause (events wait) or disable (they are dropped, those that wait too)."""
        body = await asking.request.json(StatusBody)
        stream = await self.callers.stream(asking, body.stream_id)
        if body.reason is not None and (len(body.reason) > 200 or not body.reason.isprintable()):
            raise WrongStream("reason is longer than 200 characters.")

        async def work(tx: Tx) -> None:
            await self.streams.move(tx, stream.id, _EVERY, body.status, body.reason)
            if body.status == "disabled":
                await self.backlog.clear(tx, stream.id)
            fact = STREAM_CHANGED(("signal_stream", stream.id), data={"status": body.status})
            await self.recorder.record(tx, fact, asking.cause)

        await asking.request.store.transact(work)
        return said(status_of(await self.callers.stream(asking, body.stream_id)))

    async def add_subject(self, asking: Asking) -> Response:
        return await self._name(asking, wanted=True)

    async def remove_subject(self, asking: Asking) -> Response:
        return await self._name(asking, wanted=False)

    async def _name(self, asking: Asking, *, wanted: bool) -> Response:
        """Remember a subject; whether it names anybody changes nothing that can be seen (A063)."""
        body = await asking.request.json(SubjectBody)
        stream = await self.callers.stream(asking, body.stream_id)
        store = asking.request.store
        user = await self._person(asking, body.subject)
        keyring = await self.vault.keyring(store)
        digest = keyring.mac("oauth.signals.subject", canonical(body.subject))

        async def work(tx: Tx) -> None:
            if await self.streams.count_named(tx, stream.id) >= self.settings.max_subjects:
                raise TooManyStreams("subjects")
            await self.streams.name(tx, stream.id, digest, user, wanted=wanted)

        await store.transact(work)
        return nothing(200 if wanted else 204)

    async def _person(self, asking: Asking, subject: Mapping[str, Any]) -> UUID | None:
        named, store = named_by(subject), asking.request.store
        if named.email is not None:
            return await self._by_address(store, named.email)
        if named.sub is None or named.iss not in (None, asking.request.tenant.issuer):
            return None
        return await self.subjects.find(store, asking.client, named.sub)

    async def _by_address(self, reader: Reader, address: str) -> UUID | None:
        try:
            user = await self.users.find_by_email(reader, address)
        except Invalid:
            return None
        return None if user is None else user.id

    async def verify(self, asking: Asking) -> Response:
        """Send a verification event, so that the receiver sees that events arrive."""
        body = await asking.request.json(VerificationBody)
        stream = await self.callers.stream(asking, body.stream_id)
        if body.state is not None and len(body.state) > 1000:
            raise WrongStream("state is longer than 1000 characters.")
        details = {} if body.state is None else {"state": body.state}
        interval = self.settings.verification_interval

        async def work(tx: Tx) -> None:
            if not await self.streams.verify(tx, stream.id, interval):
                raise TooMany("verification", retry_after=int(interval.total_seconds()))
            most = self.settings.max_backlog
            if stream.status == "disabled" or await self.backlog.count(tx, stream.id, most) >= most:
                return
            now = await tx.now()
            row = Waiting(new_id(), stream.id, VERIFICATION, None, None, None, 0, now, details)
            await self.backlog.add(tx, [row])

        await asking.request.store.transact(work)
        return nothing()
