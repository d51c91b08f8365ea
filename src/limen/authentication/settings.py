"""Sign-up, and how long links work."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class AuthenticationSettings:
    sign_up: bool = setting(True, "Whether strangers may make themselves an account.")
    confirmation_lifetime: timedelta = setting(
        timedelta(hours=24), "How long the link that confirms an address works."
    )
    reset_lifetime: timedelta = setting(
        timedelta(minutes=30), "How long a password reset link works (at most 30 min: R079)."
    )
    email_change_lifetime: timedelta = setting(
        timedelta(minutes=30), "How long the links that change an address work."
    )
    answer_floor: timedelta = setting(
        timedelta(milliseconds=60),
        "What must not tell whether an account exists takes at least this long, besides hashing.",
    )

    def __post_init__(self) -> None:
        if not timedelta(0) < self.reset_lifetime <= timedelta(minutes=30):
            raise ValueError("authentication.reset_lifetime is at most 30m (R079)")
        if min(self.confirmation_lifetime, self.email_change_lifetime) <= timedelta(0):
            raise ValueError("authentication: lifetimes of links must be positive")
        if not timedelta(0) <= self.answer_floor <= timedelta(seconds=2):
            raise ValueError("authentication.answer_floor is 0 to 2s")
