"""Limits of tries."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class RiskSettings:
    failures_before_delay: int = setting(10, "Wrong passwords before an account must wait.")
    failure_window: timedelta = setting(
        timedelta(minutes=15), "An account that was left alone this long starts counting anew."
    )
    first_delay: timedelta = setting(timedelta(minutes=1), "The first wait; each doubles.")
    longest_delay: timedelta = setting(timedelta(minutes=15), "No wait is longer than this.")
    failures_before_reset: int = setting(
        100, "Wrong passwords in a row after which only a reset helps (at most 100: R074)."
    )
    failures_per_address: int = setting(
        30, "Failed credentials a minute from one IP address (IPv6: from one /64)."
    )
    mails_per_address: int = setting(
        5, "Reset and confirmation mails an hour to one e-mail address; more are not sent."
    )

    def __post_init__(self) -> None:
        if not 1 <= self.failures_before_delay <= self.failures_before_reset <= 100:
            raise ValueError(
                "risk: 1 <= failures_before_delay <= failures_before_reset <= 100 must hold"
            )
        if not timedelta(0) < self.first_delay <= self.longest_delay:
            raise ValueError("risk.first_delay must be positive and at most longest_delay")
        if self.failures_per_address < 1 or self.mails_per_address < 1:
            raise ValueError("risk: limits per address are 1 or more")
