"""Sending what is due: claim, render, post, write down what became of it.

Several processes may do so at once: the row of the queue is a lease, and whoever settles a
delivery names the claim that it was made under.  A process that is killed in between leaves
its rows to others once the lease is over; that is the only way to a second post.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal, Protocol

from limen.kernel.deliveries import Post, Result, Sending
from limen.kernel.ids import TenantId
from limen.kernel.uow import Database, Store, Tx
from limen.kernel.vault import CannotOpen, Vault
from limen.platform.deliveries.outbox import StoredDeliveries, place_of
from limen.platform.deliveries.pace import Pace, wait_after
from limen.platform.deliveries.settings import DeliverySettings
from limen.platform.deliveries.store import Claimed, Queries, Row
from limen.platform.telemetry.metrics import Metrics

_log = logging.getLogger("limen.deliveries")

LEASE: Final = timedelta(seconds=30)  # longer than rendering and the longest time-out together
LOOK_AGAIN: Final = 0.5  # seconds: for what another process queued while this one is busy
_GONE: Final = 410


class Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class Poster(Protocol):
    """The one outgoing client (platform.fetch)."""

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Sequence[tuple[str, str]] = (),
        *,
        timeout: float | None = None,
    ) -> Answer: ...


class Sender:
    """A turn sends what is due until nothing is, never waiting for one receiver alone."""

    def __init__(
        self,
        deliveries: StoredDeliveries,
        database: Database,
        vault: Vault,
        poster: Poster,
        pace: Pace,
        metrics: Metrics,
    ) -> None:
        self._deliveries, self._database = deliveries, database
        self._vault, self._poster, self._pace = vault, poster, pace
        self._running: set[asyncio.Task[None]] = set()
        self._count = metrics.counter(
            "limen_deliveries_total", "Outgoing posts, by what became of a try.", "kind", "result"
        ).add
        metrics.gauge(
            "limen_deliveries_under_way", "Outgoing posts under way.",
            read=lambda: len(self._running),
        )  # fmt: skip

    @property
    def _settings(self) -> DeliverySettings:
        return self._pace.settings

    async def run(self) -> None:
        """Send until nothing is due; what is under way when the turn is cancelled is undone."""
        try:
            while await self._claim() or self._running:
                await self._pause()
        except asyncio.CancelledError:
            for task in self._running:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _pause(self) -> None:
        """Wait until one is over, or more was queued."""
        if not self._running:
            return
        wake = self._deliveries.wake
        wake.clear()
        woken = asyncio.create_task(wake.wait())
        try:
            await asyncio.wait(
                {woken, *self._running}, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()

    async def _claim(self) -> int:
        """Begin as many as may go now; return how many."""
        room = self._settings.concurrency - len(self._running)
        busy = self._pace.busy()
        system = self._database.system
        if room < 1 or await system.one(Queries.any_due, busy) is None:
            return 0

        async def work(tx: Tx) -> list[Claimed]:
            due = await tx.all(Queries.due, busy, room)
            chosen = [row.id for row in self._fitting(due)]
            return await tx.all(Queries.claim, chosen, LEASE) if chosen else []

        claimed = await system.transact(work)
        for row in claimed:
            self._pace.begin(row.target)
            task = asyncio.create_task(self._send(row), name="limen:delivery")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(claimed)

    def _fitting(self, due: Sequence[Claimed]) -> list[Claimed]:
        """Return those of `due` for which their receivers have room."""
        left: dict[str, int] = {}
        fitting: list[Claimed] = []
        for row in due:
            room = left.setdefault(row.target, self._pace.room_of(row.target))
            if room > 0:
                left[row.target] = room - 1
                fitting.append(row)
        return fitting

    async def _send(self, claim: Claimed) -> None:
        answered = True
        try:
            store = self._database.tenant(TenantId(claim.tenant))
            answered = await _Attempt(self, store, claim).run()
        except Exception:  # noqa: BLE001 - it stays queued, and is taken up after the lease
            _log.exception("delivery interrupted", extra={"delivery_id": str(claim.id)})
        finally:
            self._pace.end(claim.target, answered=answered)

    # What an attempt uses.

    async def render(self, store: Store, row: Row, attempt: int) -> tuple[Sending, Post | None]:
        """Return what is sent.  Raises CannotOpen, and what the kind's renderer raises."""
        keyring = await self._vault.keyring(store)
        sending = Sending(
            id=row.id,
            kind=row.kind,
            url=row.url,
            payload=keyring.open(place_of(row.id), row.payload_sealed),
            subject=row.subject,
            receiver=row.receiver,
            attempt=attempt,
            created_at=row.created_at,
        )
        return sending, await self._deliveries.kinds[row.kind].render(store, sending)

    async def post(self, url: str, post: Post) -> Answer | None:
        """Return the answer, None where there is none; why is for the log alone (A117)."""
        headers = [("content-type", post.content_type), *post.headers]
        within = self._settings.timeout.total_seconds()
        try:
            async with asyncio.timeout(within + 1):
                return await self._poster.post(post.url or url, post.body, headers, timeout=within)
        except Exception as error:  # noqa: BLE001 - whatever it is, the delivery is tried again
            why = f"{type(error).__name__}: {error}"[:300]
            _log.info("no answer to a delivery", extra={"url": post.url or url, "why": why})
            return None

    def counted(self, kind: str, result: str) -> None:
        self._count(kind, result)

    async def settle(self, tx: Tx, row: Row, sending: Sending | None, result: Result) -> None:
        """Write down the end of a delivery and tell its kind."""
        keep = result.status == "failed"  # to be tried again by hand
        await tx.run(
            Queries.settle, row.id, result.status, result.attempts, result.answered,
            result.error, keep,
        )  # fmt: skip
        kind = self._deliveries.kinds.get(row.kind)
        if sending is not None and kind is not None and kind.settled is not None:
            await kind.settled(tx, sending, result)

    def wait_after(self, attempts: int, answer: Answer | None) -> timedelta:
        """Return how long to wait; a receiver may ask for longer, within our own limit."""
        wait = wait_after(attempts, self._settings)
        asked = answer.headers.get("retry-after", "") if answer is not None else ""
        if asked.isdecimal() and len(asked) < 9:
            wait = max(wait, min(timedelta(seconds=int(asked)), self._settings.longest_wait))
        return wait


class _Attempt:
    """One try of one delivery."""

    def __init__(self, sender: Sender, store: Store, claim: Claimed) -> None:
        self._sender, self._store, self._claim = sender, store, claim

    async def run(self) -> bool:
        """Return whether the receiver answered, or was not asked."""
        row = await self._store.one(Queries.find, self._claim.id)
        if row is None or row.status != "waiting":
            await self._store.transact(self._leave)
            return True
        try:
            sending, post = await self._sender.render(self._store, row, self._claim.claims)
        except CannotOpen:
            await self._end(row, None, self._result("failed", error="unreadable"))
            return True
        except Exception:  # noqa: BLE001 - a fault of ours, or the store's: later again
            _log.exception("delivery not rendered", extra={"delivery_id": str(row.id)})
            await self._again(row, None, self._result("waiting", error="not_rendered"), None)
            return True
        if post is None:
            await self._end(row, sending, self._result("withdrawn"))
            return True
        answer = await self._sender.post(row.url, post)
        await self._judge(row, sending, answer)
        return answer is not None

    async def _judge(self, row: Row, sending: Sending, answer: Answer | None) -> None:
        if answer is None:
            await self._again(row, sending, self._result("waiting", error="no_answer"), None)
        elif 200 <= answer.status < 300:
            await self._end(row, sending, self._result("delivered", answer))
        elif answer.status == _GONE:
            await self._end(row, sending, self._result("failed", answer, error="refused"))
        else:
            await self._again(
                row, sending, self._result("waiting", answer, error="refused"), answer
            )

    def _result(
        self,
        status: Literal["waiting", "delivered", "failed", "withdrawn"],
        answer: Answer | None = None,
        *,
        error: str | None = None,
    ) -> Result:
        return Result(status, self._claim.claims, answer.status if answer else None, error)

    async def _leave(self, tx: Tx) -> bool:
        """Take the row off the queue; False where the lease was over and another took it."""
        return await tx.run(Queries.leave, self._claim.id, self._claim.claims) == 1

    async def _end(self, row: Row, sending: Sending | None, result: Result) -> None:
        async def work(tx: Tx) -> bool:
            ours = await self._leave(tx)
            if ours:
                await self._sender.settle(tx, row, sending, result)
            return ours

        if await self._store.transact(work):
            self._sender.counted(row.kind, result.status)

    async def _again(
        self, row: Row, sending: Sending | None, result: Result, answer: Answer | None
    ) -> None:
        """Try later, or give up where that would be too late."""
        wait = self._sender.wait_after(result.attempts, answer)

        async def work(tx: Tx) -> str | None:
            if await tx.now() + wait > row.gives_up_at:
                if not await self._leave(tx):
                    return None
                await self._sender.settle(tx, row, sending, replace(result, status="failed"))
                return "failed"
            if not await tx.run(Queries.postpone, self._claim.id, self._claim.claims, wait):
                return None
            await tx.run(
                Queries.tried, row.id, result.attempts, result.answered, result.error, wait
            )
            return "retried"

        became = await self._store.transact(work)
        if became is not None:
            self._sender.counted(row.kind, became)
