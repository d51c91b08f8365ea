"""The settings of device authorization (`LIMEN_OAUTH__DEVICE__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    code_lifetime: timedelta = setting(
        timedelta(minutes=10), "How long a device waits for somebody to enter its code."
    )
    interval: timedelta = setting(
        timedelta(seconds=5), "How long a device waits between two questions for its tokens."
    )
    requests_per_minute: int = setting(
        12_000, "How many devices may ask in a minute from one IP address (IPv6: from one /64)."
    )
    codes_per_minute: int = setting(
        60_000, "How many devices of one application may ask in a minute."
    )
    wrong_codes_per_person: int = setting(
        10, "How many wrong codes a person may enter in an hour, in all their browsers together."
    )
    wrong_codes_per_tenant: int = setting(
        10_000, "How many wrong codes may be entered in an hour by everybody together."
    )

    def __post_init__(self) -> None:
        if not timedelta(0) < self.code_lifetime <= timedelta(minutes=10):
            raise ValueError("code_lifetime must be above 0 and at most 10 minutes (R058)")
        if not timedelta(seconds=1) <= self.interval <= timedelta(minutes=1):
            raise ValueError("interval must be 1 to 60 seconds")
        if not 1 <= self.wrong_codes_per_person <= self.wrong_codes_per_tenant <= 100_000:
            raise ValueError(
                "1 <= wrong_codes_per_person <= wrong_codes_per_tenant <= 100000 must hold (R058)"
            )
        if self.requests_per_minute < 1 or self.codes_per_minute < 1:
            raise ValueError("limits a minute are 1 or more")
