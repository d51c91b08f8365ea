"""The settings of the authorization server (`LIMEN_OAUTH__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class OAuthSettings:
    access_token_lifetime: timedelta = setting(
        timedelta(minutes=15),
        "How long an access token is valid, where client and API say nothing.",
    )
    id_token_lifetime: timedelta = setting(
        timedelta(minutes=15), "How long an ID token is valid: it is for signing in, at once."
    )
    code_lifetime: timedelta = setting(
        timedelta(seconds=60), "How long an authorization code waits to be redeemed."
    )
    interaction_lifetime: timedelta = setting(
        timedelta(hours=1), "How long an authorization request waits for the person."
    )
    secret_overlap: timedelta = setting(
        timedelta(days=7), "How long a client's old secret works beside its new one."
    )
    token_requests_per_minute: int = setting(
        120_000, "How many token requests an application may make in a minute, all at once too."
    )
    acr_values: tuple[str, ...] = setting(
        ("aal1",), "The authentication levels that discovery announces."
    )

    def __post_init__(self) -> None:
        if not timedelta(0) < self.code_lifetime <= timedelta(minutes=1):
            raise ValueError("code_lifetime must be above 0 and at most 60 s (R023)")
        if not timedelta(0) < self.access_token_lifetime <= timedelta(days=1):
            raise ValueError("access_token_lifetime must be above 0 and at most 1 day")
        if self.token_requests_per_minute < 1:
            raise ValueError("token_requests_per_minute must be at least 1")
        if self.interaction_lifetime > timedelta(days=1):
            raise ValueError("interaction_lifetime must be at most 1 day")
