"""The settings of the revocation feed (`LIMEN_OAUTH__FEED__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class FeedSettings:
    poll_every: timedelta = setting(
        timedelta(milliseconds=200), "How often the log is looked at while somebody waits."
    )
    longest_wait: timedelta = setting(
        timedelta(seconds=25), "How long a resource server may wait, or keep a stream open."
    )
    waiting_per_client: int = setting(
        20, "How many requests of one resource server may wait at a time, in each process."
    )

    def __post_init__(self) -> None:
        if not timedelta(milliseconds=10) <= self.poll_every <= timedelta(seconds=1):
            raise ValueError("poll_every must be 10 ms to 1 s")
        if not timedelta(0) < self.longest_wait <= timedelta(minutes=1):
            raise ValueError("longest_wait must be above 0 and at most 1 minute")
