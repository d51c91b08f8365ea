"""Gives risk's ports their implementations."""

from dataclasses import dataclass, field

from limen.platform.http.faces import Faces
from limen.platform.services import Platform
from limen.risk.api import Attempts, Devices
from limen.risk.attempts import CountedAttempts
from limen.risk.devices import SealedDevices
from limen.risk.settings import RiskSettings
from limen.risk.store import SqlCounts


@dataclass(frozen=True, slots=True)
class RiskWired:
    attempts: Attempts
    devices: Devices
    faces: Faces = field(default_factory=Faces)


def wire(platform: Platform) -> RiskWired:
    attempts = CountedAttempts(
        SqlCounts(),
        platform.limiter,
        platform.vault,
        platform.recorder,
        settings=platform.settings("risk", RiskSettings),
        dev=platform.dev,
    )
    return RiskWired(attempts, SealedDevices(platform.vault))
