"""A queue of deliveries over each store, and a receiver that answers what a test says."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from tests.fakes.clock import FrozenClock

from limen.kernel.deliveries import Delivery, Post, Result, Sending
from limen.kernel.ids import new_id
from limen.kernel.uow import Store, Tx
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase
from limen.platform.deliveries import wiring
from limen.platform.deliveries.settings import DeliverySettings
from limen.platform.telemetry.metrics import Metrics

KIND = "test.kind"


class Payload(msgspec.Struct, frozen=True):
    text: str


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Receivers:
    """Answers by URL: a status, an exception, or an event to wait for; 200 where nothing is."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    got: list[tuple[str, bytes]] = field(default_factory=list)
    under_way: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait until so much has arrived."""
        async with asyncio.timeout(20):
            while not enough():
                self.arrived.clear()
                await self.arrived.wait()

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Sequence[tuple[str, str]] = (),
        *,
        timeout: float | None = None,
    ) -> Answer:
        self.got.append((url, body))
        self.arrived.set()
        now = self.under_way[url] = self.under_way.get(url, 0) + 1
        self.most[url] = max(self.most.get(url, 0), now)
        try:
            await asyncio.sleep(0)
            answers = self.answers.get(url, [])
            answer = answers.pop(0) if answers else 200
            if isinstance(answer, asyncio.Event):
                await answer.wait()
                answer = 200
            if isinstance(answer, BaseException):
                raise answer
            return answer if isinstance(answer, Answer) else Answer(answer)
        finally:
            self.under_way[url] -= 1

    @property
    def texts(self) -> list[str]:
        return [body.decode() for _, body in self.got]


@dataclass
class Posting:
    """One process with its queue and its sender."""

    database: OpenDatabase
    store: Store
    clock: FrozenClock
    vault: KeyVault
    receivers: Receivers
    settings: DeliverySettings
    ended: list[tuple[Sending, Result]] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    wired: Any = None

    def __post_init__(self) -> None:
        async def tenants() -> list[Any]:
            return [self.store.tenant]

        self.wired = wiring.wire(
            self.settings, database=self.database, vault=self.vault, clock=self.clock,
            poster=self.receivers, metrics=self.metrics, tenants=tenants,
        )  # fmt: skip
        self.wired.deliveries.register(KIND, self.render, self.settled)

    async def render(self, store: Store, sending: Sending) -> Post | None:
        text = msgspec.json.decode(sending.payload, type=Payload).text
        if text == "withdrawn":
            return None
        if text == "broken":
            raise LookupError
        return Post(text.encode(), "text/plain")

    async def settled(self, tx: Tx, sending: Sending, result: Result) -> None:
        self.ended.append((sending, result))

    @property
    def deliveries(self) -> Any:
        return self.wired.deliveries

    async def run(self) -> None:
        await self.wired.sender.run()

    async def queue(self, *texts: str, url: str = "https://rp.example/hook", **more: Any) -> Any:
        subject = more.pop("subject", None) or new_id()
        new = [
            Delivery(kind=KIND, url=url, payload=Payload(text), subject=subject, **more)
            for text in texts
        ]
        return await self.store.transact(lambda tx: self.deliveries.enqueue_all(tx, new))

    async def receipt(self, delivery: Any) -> Any:
        return await self.deliveries.get(self.store, delivery)

    async def forget(self) -> None:
        await self.wired.faces.tasks[1].run()

    def process(self, **changes: Any) -> "Posting":
        """Return another process over the same store."""
        return Posting(
            changes.get("database", self.database), self.store, self.clock, self.vault,
            changes.get("receivers", self.receivers), self.settings,
        )  # fmt: skip
