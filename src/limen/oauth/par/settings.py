"""The settings of pushed authorization requests (`LIMEN_OAUTH__PAR__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class ParSettings:
    lifetime: timedelta = setting(
        timedelta(seconds=60), "How long a pushed authorization request waits for the browser."
    )
    public_per_minute: int = setting(
        120, "How many requests one address may push in a minute for clients without a secret."
    )

    def __post_init__(self) -> None:
        if not timedelta(seconds=5) <= self.lifetime <= timedelta(minutes=10):
            raise ValueError("lifetime must be 5 to 600 s (R016)")
        if self.public_per_minute < 1:
            raise ValueError("public_per_minute must be at least 1")
