"""How long sign-ins last (security.md §1A; R033, R101, R108)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class SessionSettings:
    session_lifetime: timedelta = setting(
        timedelta(hours=24), "A browser session ends this long after the sign-in."
    )
    session_idle_timeout: timedelta = setting(
        timedelta(hours=1), "A browser session ends after this long without a request."
    )
    remembered_lifetime: timedelta = setting(
        timedelta(days=30), "Both limits, where the person asked to stay signed in with one factor."
    )
    administrator_session_lifetime: timedelta = setting(
        timedelta(hours=12), "The same for whoever holds a management permission (R119)."
    )
    administrator_session_idle_timeout: timedelta = setting(
        timedelta(minutes=15), "The same for whoever holds a management permission (R119)."
    )
    sessions_per_user: int = setting(
        50, "A person's sign-ins beyond this many end the one that was idle longest."
    )
    refresh_token_lifetime: timedelta = setting(
        timedelta(days=90), "How long a sign-in can be refreshed, counted from the sign-in."
    )
    refresh_token_idle_timeout: timedelta = setting(
        timedelta(days=30), "A refresh token expires after this long without use."
    )
    refresh_token_leeway: timedelta = setting(
        timedelta(seconds=10),
        "For this long a public client may repeat a refresh whose answer was lost; at most 10 s.",
    )
    retention: timedelta = setting(
        timedelta(days=30), "Ended sessions and families are kept for this long."
    )

    def __post_init__(self) -> None:
        if self.session_idle_timeout > self.session_lifetime:
            raise ValueError("session_idle_timeout must not exceed session_lifetime")
        if self.administrator_session_idle_timeout > self.administrator_session_lifetime:
            raise ValueError(
                "administrator_session_idle_timeout must not exceed administrator_session_lifetime"
            )
        if self.refresh_token_idle_timeout > self.refresh_token_lifetime:
            raise ValueError("refresh_token_idle_timeout must not exceed refresh_token_lifetime")
        if not timedelta(0) <= self.refresh_token_leeway <= timedelta(seconds=10):
            raise ValueError("refresh_token_leeway must be 0 to 10 s")
        if self.sessions_per_user < 1:
            raise ValueError("sessions_per_user must be at least 1")
