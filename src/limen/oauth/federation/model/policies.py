"""Policies of metadata (§6.1): merged from the trust anchor down, then applied to the subject.

A subordinate can only narrow what its superiors say; what cannot be reconciled makes the whole
chain invalid.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

OPERATORS: Final = ("value", "add", "default", "one_of", "subset_of", "superset_of", "essential")
"""In the order in which they are applied (§6.1.3.1)."""
_LISTS: Final = ("add", "one_of", "subset_of", "superset_of")
_CHOICES: Final = frozenset({"value", "default", "one_of", "essential"})
_MOST: Final = 500

Rules = dict[str, Any]
Policy = dict[str, dict[str, Rules]]


class PolicyError(Exception):
    """The policies contradict each other, or the metadata does not meet them."""


def merge_all(policies: Iterable[tuple[Mapping[str, Any], Sequence[str]]]) -> Policy:
    """Return one policy for (policy, metadata_policy_crit) of each, the highest first.

    Raises PolicyError.
    """
    merged: Policy = {}
    for policy, critical in policies:
        if any(name not in OPERATORS for name in critical):
            raise PolicyError("metadata_policy_crit")
        for kind, parameters in policy.items():
            known = merged.setdefault(kind, {})
            for name, given in parameters.items():
                known[name] = _merged(known.get(name, {}), _checked(name, given))
                _check_combination(name, known[name])
    return merged


def _checked(name: str, given: Mapping[str, Any]) -> Rules:
    """Return the operators that we know, each with an operand it can have; others say nothing."""
    rules = {operator: given[operator] for operator in OPERATORS if operator in given}
    for operator in _LISTS:
        if operator in rules:
            rules[operator] = _listed(name, rules[operator])
    if not isinstance(rules.get("essential", False), bool):
        raise PolicyError(f"{name}: essential")
    if rules.get("default", "") is None or rules.get("one_of", "") == []:
        raise PolicyError(f"{name}: default or one_of")
    return rules


def _listed(name: str, value: object) -> list[Any]:
    found = values_of(name, value)
    if found is None or len(found) > _MOST:
        raise PolicyError(f"{name}: no list")
    return _unique(found)


def values_of(name: str, value: object) -> list[Any] | None:
    """Return a parameter as a list; `scope` is one in spite of its form (§6.1.3.1)."""
    if name == "scope" and isinstance(value, str):
        return cast("list[Any]", value.split())
    return cast("list[Any]", value) if isinstance(value, list) else None


def _unique(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if not _in(value, found):
            found.append(value)
    return found


def _same(one: Any, other: Any) -> bool:
    """True for the same JSON: true is not 1."""
    return type(one) is type(other) and one == other


def _in(value: Any, values: Iterable[Any]) -> bool:
    return any(_same(value, other) for other in values)


def _within(values: Iterable[Any], others: Sequence[Any]) -> bool:
    return all(_in(value, others) for value in values)


def _equal(one: Any, other: Any) -> Any:
    if not _same(one, other):
        raise PolicyError("other value")
    return one


def _both(one: list[Any], other: list[Any]) -> list[Any]:
    return [value for value in one if _in(value, other)]


def _either(one: list[Any], other: list[Any]) -> list[Any]:
    return _unique([*one, *other])


def _one_of(one: list[Any], other: list[Any]) -> list[Any]:
    found = _both(one, other)
    if not found:
        raise PolicyError("one_of")
    return found


_MERGE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "value": _equal, "add": _either, "default": _equal, "one_of": _one_of, "subset_of": _both,
    "superset_of": _either, "essential": lambda one, other: one or other,
}  # fmt: skip


def _merged(above: Rules, below: Rules) -> Rules:
    found = dict(above)
    for operator, operand in below.items():
        known = operator in found
        found[operator] = _MERGE[operator](found[operator], operand) if known else operand
    return found


def _check_combination(name: str, rules: Rules) -> None:
    """Raises PolicyError for operators that do not go together (§6.1.3.1)."""
    if "one_of" in rules and not rules.keys() <= _CHOICES:
        raise PolicyError(f"{name}: one_of")
    subset, superset = rules.get("subset_of"), rules.get("superset_of")
    if subset is not None and not _within([*(superset or ()), *rules.get("add", ())], subset):
        raise PolicyError(f"{name}: subset_of")
    if "value" in rules:
        _check_value(name, rules)


def _check_value(name: str, rules: Rules) -> None:
    value = rules["value"]
    if value is None:
        if rules.get("essential") or "default" in rules or any(n in rules for n in _LISTS):
            raise PolicyError(f"{name}: value null")
        return
    if "one_of" in rules and not _in(value, rules["one_of"]):
        raise PolicyError(f"{name}: value and one_of")
    if not any(operator in rules for operator in ("add", "subset_of", "superset_of")):
        return
    values = values_of(name, value)
    if values is None or not _within(
        [*rules.get("add", ()), *rules.get("superset_of", ())], values
    ):
        raise PolicyError(f"{name}: value")
    if "subset_of" in rules and not _within(values, rules["subset_of"]):
        raise PolicyError(f"{name}: value and subset_of")


def apply(metadata: Mapping[str, Mapping[str, Any]], policy: Policy) -> dict[str, dict[str, Any]]:
    """Return the metadata as the policy leaves it.  Raises PolicyError where it does not fit."""
    found = {kind: dict(values) for kind, values in metadata.items()}
    for kind, parameters in found.items():
        for name, rules in policy.get(kind, {}).items():
            value = _applied(name, parameters.get(name), rules)
            if value is None:
                parameters.pop(name, None)
            else:
                parameters[name] = value
    return found


def _applied(name: str, value: Any, rules: Rules) -> Any:
    """Return what becomes of one parameter; None is its absence."""
    if "value" in rules:
        value = rules["value"]
    if "add" in rules:
        value = _either(_as_list(name, value) if value is not None else [], rules["add"])
    if value is None:
        value = rules.get("default")
    if value is not None:
        value = _restricted(name, value, rules)
    if value is None and rules.get("essential"):
        raise PolicyError(f"{name}: essential")
    return value


def _restricted(name: str, value: Any, rules: Rules) -> Any:
    if "one_of" in rules and not _in(value, rules["one_of"]):
        raise PolicyError(f"{name}: one_of")
    if not any(operator in rules for operator in ("add", "subset_of", "superset_of")):
        return value
    values = _as_list(name, value)
    if "subset_of" in rules:
        values = _both(values, rules["subset_of"])
    if "superset_of" in rules and not _within(rules["superset_of"], values):
        raise PolicyError(f"{name}: superset_of")
    if "subset_of" in rules and not values:
        return None
    return " ".join(map(str, values)) if name == "scope" else values


def _as_list(name: str, value: object) -> list[Any]:
    found = values_of(name, value)
    if found is None:
        raise PolicyError(f"{name}: no list")
    return found
