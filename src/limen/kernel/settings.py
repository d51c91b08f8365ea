"""Typed settings, one frozen class a context, filled from flag, environment and file.

    @dataclass(frozen=True, slots=True)
    class SessionSettings:
        idle_timeout: timedelta = setting(timedelta(hours=12), "A session ends after …")

is `LIMEN_SESSIONS__IDLE_TIMEOUT=12h`, or `[sessions] idle_timeout = "12h"` in `limen.toml`,
when the context's `wiring.py` names it `sessions`.
"""

from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class About:
    """What a setting means, for people; `secret` values are masked wherever shown."""

    says: str
    secret: bool = False


def setting(default: V, says: str, *, secret: bool = False) -> V:
    """Declare a setting with its default and one sentence for the reference."""
    declared: Any = field(default=default, metadata={"about": About(says, secret)})
    return declared


def about(declared: "Field[Any]") -> About:
    """Return what the declaration says; a field without it is an error of ours."""
    return declared.metadata["about"]


def declarations(settings: type) -> "tuple[Field[Any], ...]":
    """Return the settings that a settings class declares, in order."""
    return fields(settings)
