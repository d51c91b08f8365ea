"""Who asks, and from where: the part of a request that facts remember."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

ActorKind = Literal["user", "client", "anonymous", "system", "local-cli"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The originator of a change (R117)."""

    kind: ActorKind
    id: UUID | None = None


ANONYMOUS = Actor("anonymous")
SYSTEM = Actor("system")
LOCAL_CLI = Actor("local-cli")


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a use case run; every event carries it.

    `ref` is the short reference that error pages show and `limen audit list --ref` finds.
    """

    actor: Actor = SYSTEM
    request_id: str = ""
    ref: str = ""
    ip: str | None = None
    user_agent: str | None = None
    session_id: UUID | None = None
