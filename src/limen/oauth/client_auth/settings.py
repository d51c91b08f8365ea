"""The settings of client authentication (`LIMEN_OAUTH__CLIENT_AUTH__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting

SECTION = "oauth.client_auth"


@dataclass(frozen=True, slots=True)
class ClientAuthSettings:
    assertion_lifetime: timedelta = setting(
        timedelta(minutes=5), "How far ahead the exp of a client's assertion may be."
    )

    def __post_init__(self) -> None:
        if not timedelta(seconds=30) <= self.assertion_lifetime <= timedelta(hours=1):
            raise ValueError("assertion_lifetime must be 30 s to 1 hour")
