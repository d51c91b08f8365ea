"""Conditions on claims: exact, or a glob whose star does not cross a separator.

A condition that cannot be read as text is not met, and an absent claim meets none.
"""

import re
from collections.abc import Mapping
from typing import cast

import msgspec

from limen.kernel.errors import FieldError

MAX_PATTERN = 500
_PARTS = re.compile(r"\*\*|\*|[^*]+")
_SEPARATORS = frozenset("/:")


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a claim must be: `equals` to the letter, or as `glob` has it.

    `claim` is a name, or a path into nested objects.  In a glob `*` stands for one or more
    characters but `/` and `:`, `**` for one or more of any; everything else for itself.
    """

    claim: str | tuple[str, ...]
    equals: str | int | bool | None = None
    glob: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        return (self.claim,) if isinstance(self.claim, str) else self.claim

    @property
    def name(self) -> str:
        return "/".join(self.path)

    def holds(self, claims: Mapping[str, object]) -> bool:
        """True if the claim is there, of the same type, and as demanded."""
        found: object = claims
        for name in self.path:
            if not isinstance(found, Mapping):
                return False
            found = cast("dict[str, object]", found).get(name)
        if self.glob is not None:
            return isinstance(found, str) and matches(self.glob, found)
        if self.equals is None:
            return False
        return type(found) is type(self.equals) and found == self.equals  # True is not 1

    @property
    def literal(self) -> str:
        """The text before the first star, all of it where there is none."""
        if self.glob is not None:
            return self.glob.partition("*")[0]
        return self.equals if isinstance(self.equals, str) else ""


def matches(glob: str, value: str) -> bool:
    """True if the whole of `value` is what `glob` says.

    Each part moves a set of places on, so that no value costs more than parts times length.
    """
    places = {0}
    for part in _PARTS.findall(glob):
        if part.startswith("*"):
            places = _beyond(places, value, within=_SEPARATORS if part == "*" else frozenset())
        else:
            places = {at + len(part) for at in places if value.startswith(part, at)}
    return len(value) in places


def _beyond(places: set[int], value: str, *, within: frozenset[str]) -> set[int]:
    """Return where one or more characters that are not in `within` can lead to."""
    found: set[int] = set()
    going = False
    for at, character in enumerate(value):
        going = (going or at in places) and character not in within
        if going:
            found.add(at + 1)
    return found


def check_conditions(conditions: tuple[Condition, ...], field: str) -> list[FieldError]:
    """Return what is wrong with them."""
    errors: list[FieldError] = []
    if len(conditions) > 20:
        errors.append(FieldError(field, "invalid", "at most 20"))
    for index, condition in enumerate(conditions[:20]):
        why = _wrong(condition)
        if why is not None:
            errors.append(FieldError(f"{field}[{index}]", "invalid", why))
    return errors


def _wrong(condition: Condition) -> str | None:
    path, glob = condition.path, condition.glob
    if not 1 <= len(path) <= 5 or not all(1 <= len(name) <= 100 for name in path):
        return "names a claim, or a path of at most five names"
    if (glob is None) == (condition.equals is None):
        return "takes either equals or glob"
    if glob is not None and (not 0 < len(glob) <= MAX_PATTERN or "***" in glob):
        return "must be a glob of 1 to 500 characters, with no more than two stars in a row"
    if glob is not None and glob.count("*") > 8:
        return "has too many stars"
    if isinstance(condition.equals, str) and not 0 < len(condition.equals) <= MAX_PATTERN:
        return "must be 1 to 500 characters"
    return None
