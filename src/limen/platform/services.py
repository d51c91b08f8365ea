"""What the platform offers to a context's `wiring.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from limen.kernel.clock import Clock
from limen.kernel.events import Recorder
from limen.kernel.mail import Mailer
from limen.kernel.one_time import OneTime
from limen.kernel.standing import Gate
from limen.kernel.uow import Database
from limen.kernel.vault import Vault
from limen.platform.cache import Snapshots
from limen.platform.limits import Limiter
from limen.platform.templating import Pages

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Platform:
    """The process's services.  `settings("sessions", SessionSettings)` reads a context's section."""

    database: Database
    clock: Clock
    recorder: Recorder
    one_time: OneTime
    vault: Vault
    mailer: Mailer
    gate: Gate
    snapshots: Snapshots
    limiter: Limiter
    pages: Pages
    settings: "Callable[[str, type[S]], S]"
    issuer: str
    dev: bool
