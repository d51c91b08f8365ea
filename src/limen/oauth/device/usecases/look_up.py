"""Find what waits under a code that a person typed; guessing is counted before it is looked at.

Counted are the person (in the store, across processes), the address (in this process), and
everybody together (R058, R087, RFC 8628 §5.1).  What turns out right is given back.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from limen.kernel.errors import TooMany
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx
from limen.kernel.vault import Vault
from limen.oauth.decoupled.approvals import Asked
from limen.oauth.decoupled.counts import Counts
from limen.oauth.device.api import USER_CODE_REFUSED
from limen.oauth.device.errors import UserCodeUnknown
from limen.oauth.device.ports import DeviceStore
from limen.oauth.device.settings import DeviceSettings
from limen.oauth.device.usecases.start_device import PURPOSE
from limen.risk.api import Attempts

_HOUR: Final = timedelta(hours=1)
_EVERYBODY: Final = "everybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCodes:
    devices: DeviceStore
    counts: Counts
    attempts: Attempts
    vault: Vault
    recorder: Recorder
    settings: DeviceSettings

    async def mac(self, store: Store, code: str) -> bytes:
        """Return the key under which the store has the code."""
        return (await self.vault.keyring(store)).mac(PURPOSE, code.encode())

    async def look_up(self, store: Store, code: str, *, user: UUID, cause: Cause) -> Asked:
        """Return what waits.  Raises UserCodeUnknown, TooMany."""
        await self.attempts.admit(store, purpose="user_code", account="", cause=cause)
        person = await self._subject(store, str(user))
        try:
            await store.transact(lambda tx: self._take(tx, person))
        except TooMany:
            await self._note(store, user, cause, "too_many_user_codes")
            raise
        asked = await self.devices.find_by_code(store, await self.mac(store, code))
        if asked is None:
            await self._wrong(store, user, cause)
            raise UserCodeUnknown("no such code")
        await store.transact(lambda tx: self.counts.give_back(tx, person))
        await self.attempts.give_back(store, purpose="user_code", account="", cause=cause)
        return asked

    async def _take(self, tx: Tx, person: bytes) -> None:
        most = self.settings.wrong_codes_per_person
        await self.counts.take(tx, person, most=most, window=_HOUR)

    async def _wrong(self, store: Store, user: UUID, cause: Cause) -> None:
        """Count it for everybody; the fact is written with the count.  Raises TooMany."""
        everybody = await self._subject(store, _EVERYBODY)
        most = self.settings.wrong_codes_per_tenant
        fact = USER_CODE_REFUSED(("user", user), person=UserId(user), reason="user_code_unknown")

        async def work(tx: Tx) -> None:
            await self.counts.take(tx, everybody, most=most, window=_HOUR)
            await self.recorder.record(tx, fact, cause)

        await store.transact(work)

    async def _note(self, store: Store, user: UUID, cause: Cause, reason: str) -> None:
        fact = USER_CODE_REFUSED(("user", user), person=UserId(user), reason=reason)
        await store.transact(lambda tx: self.recorder.record(tx, fact, cause))

    async def _subject(self, store: Store, name: str) -> bytes:
        return (await self.vault.keyring(store)).mac("device.guesses", name.encode())
