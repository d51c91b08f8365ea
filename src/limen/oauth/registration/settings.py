"""The settings of dynamic registration (`LIMEN_OAUTH__REGISTRATION__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class RegistrationSettings:
    open_per_address: int = setting(
        20, "How many applications one address may register in an hour without a token."
    )
    open_per_tenant: int = setting(
        200, "How many applications may be registered in an hour without a token, in all."
    )
    requests_per_minute: int = setting(
        60, "How many requests about registrations one address may send in a minute."
    )
    documents_per_minute: int = setting(
        60, "How many metadata documents that were not seen before are asked for in a minute."
    )
    token_lifetime: timedelta = setting(
        timedelta(days=7), "How long an initial access token is valid that says nothing of it."
    )

    def __post_init__(self) -> None:
        if min(self.open_per_address, self.open_per_tenant, self.requests_per_minute) < 1:
            raise ValueError("limits of registration must be at least 1")
        if not timedelta(minutes=1) <= self.token_lifetime <= timedelta(days=366):
            raise ValueError("token_lifetime must be 1 minute to 366 days")
