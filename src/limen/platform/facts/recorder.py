"""Recording facts: one INSERT in the unit of the change (R153), personal data sealed."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.events import Fact
from limen.kernel.ids import new_id
from limen.kernel.request import SYSTEM, Cause
from limen.kernel.uow import Database, Tx
from limen.kernel.vault import CannotOpen, PersonKey, Place, Vault
from limen.platform.facts.queue import SealQueue
from limen.platform.facts.refusals import RefusalLimit, Summary
from limen.platform.facts.store import Queries

_encode = msgspec.json.Encoder(order="deterministic").encode
_LONGEST_AGENT = 400


def _uncounted(_: Fact) -> None:
    pass


class FactRecorder:
    """`kernel.events.Recorder` over the table `events`.

    An event is refused with its change where it cannot be written (R158): both are one
    transaction.  What is personal, with the address and the user agent, is sealed under
    the person's key, or the tenant's where there is no person; a person whose key was
    destroyed gets no new one, and what would be personal is then left out (G03).
    """

    def __init__(
        self,
        vault: Vault,
        clock: Clock,
        queue: SealQueue,
        *,
        refusals_per_minute: int = 600,
        count: Callable[[Fact], None] = _uncounted,
    ) -> None:
        self._vault, self._queue, self._count = vault, queue, count
        self._refusals = RefusalLimit(clock, refusals_per_minute)

    async def record(self, tx: Tx, fact: Fact, cause: Cause) -> None:
        """Insert the fact.  Call it after the compare-and-set of the change it reports.

        The row gets its database identity while the unit holds the lock of what it changed;
        that is what keeps one entity's facts in order (see `audit.usecases.seal`).
        """
        self._count(fact)
        if (
            fact.result == "refused"
            and cause.actor.kind == "anonymous"
            and not self._refusals.admits(tx.tenant, fact.name)
        ):
            return
        await self._insert(tx, fact, cause)

    async def _insert(self, tx: Tx, fact: Fact, cause: Cause) -> None:
        event_id = new_id()
        sealed, commitment = await self._personal(tx, fact, cause, event_id)
        target_kind, target = fact.target or (None, None)
        await tx.run(
            Queries.add,
            event_id,
            fact.name,
            cause.actor.kind,
            cause.actor.id,
            cause.session_id,
            target_kind,
            str(target) if isinstance(target, UUID) else target,
            fact.person,
            fact.result,
            fact.reason,
            cause.request_id,
            cause.ref,
            _encode(fact.data).decode() if fact.data else "{}",
            sealed,
            commitment,
        )
        await self._queue.note(tx)

    async def _personal(
        self, tx: Tx, fact: Fact, cause: Cause, event_id: UUID
    ) -> tuple[bytes | None, bytes | None]:
        personal = dict(fact.personal)
        if cause.ip is not None:
            personal["ip"] = cause.ip
        if cause.user_agent is not None:
            personal["user_agent"] = cause.user_agent[:_LONGEST_AGENT]
        if not personal:
            return None, None
        place = Place("events", "personal", event_id)
        if fact.person is None:
            keyring = await self._vault.keyring(tx)
            return keyring.seal(place, _encode(personal)), None
        key = await self._person_key(tx, fact.person)
        if key is None:
            return None, None
        return key.seal(place, _encode(personal)), key.commitment

    async def _person_key(self, tx: Tx, person: UUID) -> PersonKey | None:
        key = await self._vault.person(tx, person)
        if key is not None:
            return key
        try:
            return await self._vault.create_person(tx, person)
        except CannotOpen:  # it was destroyed, for good
            return None

    async def summarise(self, database: Database, *, at_end: bool = False) -> None:
        """Record the summaries of the minutes that are over (at the end, of all)."""
        left = self._refusals.take(all_of_them=at_end)
        try:
            while left:
                await database.tenant(left[-1].tenant).transact(partial(self._record, left[-1]))
                left.pop()
        finally:
            for summary in left:
                self._refusals.put_back(summary)

    async def _record(self, summary: Summary, tx: Tx) -> None:
        data = {"count": summary.count}
        fact = Fact(summary.name, data=data, result="refused", reason="summarised")
        await self._insert(tx, fact, Cause(SYSTEM))
