"""A unit of work over nothing, for use cases that are tested with fakes."""

from collections.abc import Callable
from typing import Any

from tests.fakes.clock import FrozenClock

from limen.kernel.events import Fact
from limen.kernel.ids import TenantId, new_id
from limen.kernel.request import Cause


class FakeTx:
    """A `Tx` that only knows its tenant and the time."""

    def __init__(self, clock: FrozenClock, tenant: TenantId | None = None) -> None:
        self.tenant = tenant or TenantId(new_id())
        self._clock = clock

    async def now(self) -> Any:
        return self._clock.now()

    def after_commit(self, effect: Callable[[], None]) -> None:
        effect()


class ListRecorder:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    async def record(self, tx: Any, fact: Fact, cause: Cause) -> None:
        self.facts.append(fact)

    def names(self) -> list[str]:
        return [fact.name for fact in self.facts]
