"""The settings of the signing keys (`LIMEN_OAUTH__KEYS__…`)."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.settings import setting

JWKS_MAX_AGE = timedelta(seconds=300)
"""How long verifiers may keep the JWKS: its `Cache-Control` says so."""
LONGEST_TOKEN = timedelta(days=1)
"""No token of ours lives longer; `verify` refuses it, and keys stay published that long."""


@dataclass(frozen=True, slots=True)
class KeySettings:
    rotate_every: timedelta = setting(
        timedelta(days=90), "How long a key signs before the next one takes over by itself."
    )
    publish_ahead: timedelta = setting(
        timedelta(minutes=15),
        "How long a key is published before it signs, so that no cached JWKS lacks it.",
    )

    def __post_init__(self) -> None:
        if self.publish_ahead < JWKS_MAX_AGE + timedelta(minutes=1):
            raise ValueError("publish_ahead must be at least 6 minutes: the JWKS is cached for 5")
        if self.rotate_every < self.publish_ahead + LONGEST_TOKEN:
            raise ValueError("rotate_every must be at least 1 day more than publish_ahead")
