"""Presets for workload identities: what is usual, and which claims say whose the workload is.

Every repository of such a service gets its tokens from one issuer, so that a mapping which does
not name an owner would let in the whole world.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from limen.oauth.assertions.model.conditions import Condition

Preset = Literal["generic", "github", "gitlab", "kubernetes"]
_SEGMENT = r"[^*/:]+"


@dataclass(frozen=True, slots=True)
class Kind:
    """`owners` are the claims one of which must be pinned, each with how its glob must begin.

    `lifetime` (seconds) is the longest that is usual; `single_use` says whether a workload gets
    a fresh token each time it asks.
    """

    issuer: str | None
    lifetime: int
    single_use: bool
    owners: Mapping[str, str]


PRESETS: Final[Mapping[Preset, Kind]] = {
    "generic": Kind(None, 3600, True, {}),
    "github": Kind(
        "https://token.actions.githubusercontent.com",
        6 * 3600,
        True,
        {
            "repository": rf"{_SEGMENT}/",
            "repository_id": "",
            "repository_owner": "",
            "repository_owner_id": "",
            "sub": rf"repo:{_SEGMENT}/",
            "job_workflow_ref": rf"{_SEGMENT}/",
        },
    ),
    "gitlab": Kind(
        "https://gitlab.com",
        24 * 3600,
        True,
        {
            "project_path": rf"{_SEGMENT}/",
            "project_id": "",
            "namespace_path": rf"{_SEGMENT}/",
            "namespace_id": "",
            "sub": rf"project_path:{_SEGMENT}/",
        },
    ),
    "kubernetes": Kind(
        None,
        24 * 3600,
        False,
        {
            "sub": rf"system:serviceaccount:{_SEGMENT}:",
            "kubernetes.io/namespace": "",
        },
    ),
}


def pins_an_owner(preset: Preset, conditions: tuple[Condition, ...]) -> bool:
    """True if at least one condition says whose the workload is.

    Exactly, or by a glob whose text before the first star holds the whole owner.
    """
    owners = PRESETS[preset].owners
    if not owners:
        return any(len(condition.literal) > 0 for condition in conditions)
    return any(_pins(condition, owners.get(condition.name)) for condition in conditions)


def _pins(condition: Condition, beginning: str | None) -> bool:
    if beginning is None:
        return False
    if condition.glob is None:
        return True
    return bool(beginning) and re.match(beginning, condition.literal) is not None
