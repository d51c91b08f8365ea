"""What a superior lets be below it (§6.2)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from limen.oauth.federation.model.entities import FEDERATION_ENTITY, host_of
from limen.oauth.federation.model.statements import Constraints, Naming, Signed
from limen.platform.jose.verify import InvalidToken


def check_constraints(subordinates: Sequence[Signed]) -> None:
    """`subordinates` are the statements about others, the lowest first.  Raises InvalidToken."""
    for above, one in enumerate(subordinates):
        constraints = one.says.constraints or Constraints()
        most = constraints.max_path_length
        if most is not None and (most < 0 or above > most):
            raise InvalidToken("max_path_length")
        below = [lower.says.sub for lower in subordinates[: above + 1]]
        if constraints.naming_constraints is not None:
            _check_names(constraints.naming_constraints, below)


def _check_names(naming: Naming, entities: Iterable[str]) -> None:
    for entity in entities:
        host = host_of(entity)
        if any(_is_within(host, rule) for rule in naming.excluded):
            raise InvalidToken("naming_constraints")
        if naming.permitted is not None and not any(_is_within(host, r) for r in naming.permitted):
            raise InvalidToken("naming_constraints")


def _is_within(host: str, rule: str) -> bool:
    """A rule is one host; with a leading dot it is every name below (RFC 5280 §4.2.1.10)."""
    wanted = rule.lower()
    return host.endswith(wanted) and host != wanted if wanted.startswith(".") else host == wanted


def allowed_types(
    metadata: Mapping[str, Mapping[str, Any]], subordinates: Sequence[Signed]
) -> dict[str, dict[str, Any]]:
    """Return the metadata of the kinds that every superior allows (§6.2.3)."""
    found = {kind: dict(values) for kind, values in metadata.items()}
    for one in subordinates:
        allowed = one.says.constraints and one.says.constraints.allowed_entity_types
        if allowed is not None:
            found = {k: v for k, v in found.items() if k in (*allowed, FEDERATION_ENTITY)}
    return found
