"""What the platform offers to a context's `wiring.py`."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from limen.kernel.clock import Clock
from limen.kernel.deliveries import Deliveries
from limen.kernel.events import Recorder
from limen.kernel.mail import Mailer
from limen.kernel.one_time import OneTime
from limen.kernel.replays import Replays
from limen.kernel.uow import Database
from limen.kernel.vault import Vault
from limen.platform.cache import Snapshots
from limen.platform.db.standing import SqlGate
from limen.platform.fetch import Fetcher
from limen.platform.limits import Limiter
from limen.platform.templating import Pages

S = TypeVar("S")


class Sections(Protocol):
    """Reads a context's settings: `settings("sessions", SessionSettings)`."""

    def __call__(self, name: str, kind: type[S]) -> S: ...


@dataclass(frozen=True, slots=True)
class Platform:
    """The process's services."""

    database: Database
    clock: Clock
    recorder: Recorder
    one_time: OneTime
    replays: Replays
    vault: Vault
    mailer: Mailer
    deliveries: Deliveries
    gate: SqlGate
    snapshots: Snapshots
    limiter: Limiter
    pages: Pages
    fetcher: Fetcher
    settings: Sections
    issuer: str
    dev: bool
