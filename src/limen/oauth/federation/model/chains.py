"""Trust chains (§4, §10): from an entity to a trust anchor whose keys we hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from limen.oauth.federation.model.constraints import allowed_types, check_constraints
from limen.oauth.federation.model.policies import PolicyError, apply, merge_all
from limen.oauth.federation.model.statements import Jwks, Signed, check_signed, names_of
from limen.platform.jose.verify import InvalidToken


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain that holds; `metadata` is the subject's as its superiors leave it.

    `expires_at` is in Unix seconds: the earliest end of its statements.
    """

    statements: tuple[Signed, ...]
    metadata: dict[str, dict[str, Any]]
    expires_at: int

    @property
    def subject(self) -> Signed:
        return self.statements[0]

    @property
    def anchor(self) -> Signed:
        return self.statements[-1]

    @property
    def names(self) -> tuple[str, ...]:
        """The subject, its superiors in order, the anchor."""
        return names_of(self.statements)


def build_chain(statements: Sequence[Signed], anchor: str, keys: Jwks) -> Chain:
    """Return the chain: the subject's own statement, those about it and its superiors, the
    anchor's own.  Raises InvalidToken.

    Each is signed by the keys that the next one vouches for; the last ones by the keys that
    were pinned here, whatever the anchor says of itself.
    """
    _check_order(statements, anchor)
    _check_signatures(statements, keys)
    subordinates = statements[1:-1]
    check_constraints(subordinates)
    return Chain(
        tuple(statements),
        _resolved(statements[0], subordinates),
        min(one.says.exp for one in statements),
    )


def _check_order(statements: Sequence[Signed], anchor: str) -> None:
    subject, last = statements[0].says, statements[-1].says
    if subject.iss != subject.sub or not last.iss == last.sub == anchor:
        raise InvalidToken("order")
    if len(statements) == 2:
        raise InvalidToken("order")
    for lower, upper in pairwise(statements[:-1]):
        if upper.says.sub != lower.says.iss or upper.says.iss == upper.says.sub:
            raise InvalidToken("order")
    issuers = [one.says.iss for one in statements[:-1]]
    if len(set(issuers)) != len(issuers):
        raise InvalidToken("loop")
    if len(statements) > 1 and statements[-2].says.iss != anchor:
        raise InvalidToken("order")


def _check_signatures(statements: Sequence[Signed], keys: Jwks) -> None:
    subject, subordinates = statements[0], statements[1:-1]
    check_signed(subject.unverified, subject.says.jwks)
    vouched = [*(one.says.jwks for one in subordinates), keys]
    for one, by in zip((subject, *subordinates), vouched, strict=True):
        check_signed(one.unverified, by)
    check_signed(statements[-1].unverified, keys)


def _resolved(subject: Signed, subordinates: Sequence[Signed]) -> dict[str, dict[str, Any]]:
    """Return the metadata: the superior's word first, then the policies (§6.1.4)."""
    metadata = allowed_types(subject.says.metadata, subordinates)
    for kind, given in subordinates[0].says.metadata.items() if subordinates else ():
        if kind in metadata:
            metadata[kind] |= given
    ruling = [one.says for one in reversed(subordinates)]
    try:
        policy = merge_all((o.metadata_policy or {}, o.metadata_policy_crit or ()) for o in ruling)
        return apply(metadata, policy)
    except PolicyError as error:
        raise InvalidToken(f"metadata_policy: {error}") from error
