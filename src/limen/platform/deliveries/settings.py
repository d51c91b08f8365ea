"""The settings of outgoing posts (`LIMEN_DELIVERIES__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    first_retry_after: timedelta = setting(
        timedelta(seconds=5), "How long after a first failure a delivery is tried again."
    )
    longest_wait: timedelta = setting(
        timedelta(hours=2), "The longest time between two tries; each wait is four times the last."
    )
    give_up_after: timedelta = setting(
        timedelta(days=1), "For how long a delivery is tried, where its kind does not say."
    )
    timeout: timedelta = setting(timedelta(seconds=5), "How long a receiver may take to answer.")
    concurrency: int = setting(32, "How many deliveries a process makes at once.")
    concurrency_per_receiver: int = setting(2, "How many of them go to one receiver.")
    retention: timedelta = setting(
        timedelta(days=30), "For how long it is remembered what was delivered, and what was not."
    )

    def __post_init__(self) -> None:
        if not timedelta(0) < self.first_retry_after <= self.longest_wait:
            raise ValueError("first_retry_after must be positive and at most longest_wait")
        if not timedelta(0) < self.timeout <= timedelta(seconds=20):
            raise ValueError("timeout must be at most 20 seconds")
        if not 1 <= self.concurrency_per_receiver <= self.concurrency:
            raise ValueError("concurrency_per_receiver must be 1 to concurrency")
