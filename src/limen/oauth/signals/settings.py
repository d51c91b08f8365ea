"""The settings of security events (`LIMEN_OAUTH__SIGNALS__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting

SECTION = "oauth.signals"


@dataclass(frozen=True, slots=True)
class SignalSettings:
    default_subjects: str = setting(
        "ALL", "Whether a new stream tells of everybody the application knows (ALL) or NONE."
    )
    streams_per_client: int = setting(3, "How many streams an application may have.")
    max_subjects: int = setting(10_000, "How many subjects may be named for a stream.")
    max_backlog: int = setting(
        10_000, "How many events wait for a receiver, until its stream is paused."
    )
    give_up_after: timedelta = setting(
        timedelta(days=1), "For how long a push is tried, until its stream is paused."
    )
    longest_poll: timedelta = setting(
        timedelta(seconds=20), "How long a poll waits for an event, at most."
    )
    waiting_polls: int = setting(200, "How many polls may wait at once in one process.")
    verification_interval: timedelta = setting(
        timedelta(minutes=1), "How long a receiver waits between two verifications of a stream."
    )
    retention: timedelta = setting(
        timedelta(days=7), "For how long an event waits in the backlog of a stream."
    )

    def __post_init__(self) -> None:
        if self.default_subjects not in ("ALL", "NONE"):
            raise ValueError("default_subjects must be ALL or NONE")
        if self.longest_poll > timedelta(minutes=1):
            raise ValueError("longest_poll must be at most 1 minute")
