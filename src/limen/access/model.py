"""The rules of permissions: what they are called, what covers what, what nobody may exceed."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from limen.access.api import ADMINISTRATOR, AUDITOR, PERMISSIONS, USER_MANAGER
from limen.access.errors import BeyondOwn
from limen.kernel.errors import FieldError, Invalid

EVERYTHING = "*"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{1,62}[a-z0-9]")
_ONLY_OF_THE_DEFAULT_TENANT = "tenants:"
MAX_SAYS = 200


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    name: str
    says: str
    permissions: frozenset[str]


BUILT_IN = (
    BuiltInRole(ADMINISTRATOR, "May do everything.", frozenset({EVERYTHING})),
    BuiltInRole(
        AUDITOR,
        "Sees everything, changes nothing.",
        frozenset(name for name in PERMISSIONS if name.endswith(":read")) | {"audit:export"},
    ),
    BuiltInRole(
        USER_MANAGER, "Manages people and their sessions.", frozenset({"users:*", "sessions:*"})
    ),
)


def covers(held: str, permission: str) -> bool:
    """Say whether `held` (`*`, `resource:*` or a name) allows the named permission."""
    if held in (EVERYTHING, permission):
        return True
    resource, _, action = held.partition(":")
    return action == EVERYTHING and permission.startswith(f"{resource}:")


@lru_cache(maxsize=1024)
def spell_out(held: frozenset[str], *, is_default_tenant: bool) -> frozenset[str]:
    """Return the known permissions that `held` allows in this kind of tenant."""
    found: set[str] = set()
    for one in held:
        if one in PERMISSIONS:
            found.add(one)
        elif one == EVERYTHING or one.endswith(":*"):
            found.update(name for name in PERMISSIONS if covers(one, name))
    if not is_default_tenant:
        found = {name for name in found if not name.startswith(_ONLY_OF_THE_DEFAULT_TENANT)}
    return frozenset(found)


def check_within(asked: Collection[str], by: frozenset[str] | None) -> None:
    """Raise BeyondOwn unless `by` holds all that is asked; None is the system, and holds all."""
    if by is not None and not by.issuperset(asked):
        raise BeyondOwn(f"lacks {', '.join(sorted(set(asked) - by))}")


def check_role_name(name: str) -> str:
    """Return the name.  Raises Invalid."""
    if not _NAME.fullmatch(name):
        says = "3 to 64 of a-z, 0-9, _, - and ., beginning and ending with a letter or digit"
        raise Invalid(FieldError("name", "invalid", says))
    return name


def check_permissions(names: Iterable[str]) -> frozenset[str]:
    """Return the permissions, which all exist or are wildcards of some.  Raises Invalid."""
    given = frozenset(names)
    unknown = sorted(name for name in given if not any(covers(name, one) for one in PERMISSIONS))
    if unknown:
        raise Invalid(*(FieldError("permissions", "unknown", f"no such permission: {name}")
                        for name in unknown))  # fmt: skip
    return given
