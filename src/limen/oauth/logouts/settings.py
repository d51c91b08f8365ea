"""The settings of logouts (`LIMEN_OAUTH__LOGOUTS__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class LogoutSettings:
    told_on_expiry: bool = setting(
        True, "Tell applications of sessions that expired, as of those that somebody ended."
    )
    front_channel_wait: timedelta = setting(
        timedelta(seconds=5),
        "How long the page after signing out waits for applications before it goes on.",
    )
    retention: timedelta = setting(
        timedelta(days=30), "For how long it is remembered who took part in a session that ended."
    )

    def __post_init__(self) -> None:
        if not timedelta(seconds=1) <= self.front_channel_wait <= timedelta(minutes=1):
            raise ValueError("front_channel_wait must be 1 second to 1 minute")
