"""Why each claim is there or not: the same rules that issue tokens, asked one by one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from limen.oauth.model.claim_rules import Into, Known, outcomes, scope_of
from limen.oauth.model.claims import SCOPE_OF, claims_about
from limen.oauth.options import ClaimRule
from limen.oauth.previews.views import ClaimView, Why

_TOKENS: Final[tuple[Into, ...]] = ("id_token", "userinfo", "access_token")


@dataclass(frozen=True, slots=True)
class Scopes:
    """What the application may ask for, what it asks for, and what the person allows it."""

    allowed: Collection[str]
    asked: Collection[str]
    consented: Collection[str]

    @property
    def granted(self) -> list[str]:
        return [s for s in self.asked if s in self.allowed and s in self.consented]

    def why_not(self, scope: str | None) -> Why | None:
        """Return why a claim of this scope is not released."""
        if scope is None or scope in self.granted:
            return None
        if scope not in self.allowed:
            return "scope_not_allowed"
        return "not_consented" if scope in self.asked else "scope_not_asked"


def standard(known: Known, scopes: Scopes) -> Iterable[ClaimView]:
    """The claims that userinfo releases by scope (OpenID Connect Core §5.4)."""
    found = claims_about(known.user, SCOPE_OF) if known.user else {}
    for claim, scope in SCOPE_OF.items():
        why: Why | None = scopes.why_not(scope) or (None if claim in found else "no_value")
        value = found.get(claim) if why is None else None
        yield ClaimView(
            claim=claim, into="userinfo", source="standard", scope=scope, value=value, why=why
        )


def by_rule(
    rules: Sequence[ClaimRule], known: Known, scopes: Scopes, *, is_readable: bool
) -> Iterable[ClaimView]:
    """What becomes of the rules in each token."""
    for into in _TOKENS:
        for outcome in outcomes(
            rules, known, into=into, scopes=scopes.granted,
            is_readable=is_readable or into != "access_token",
        ):  # fmt: skip
            rule = outcome.rule
            why = outcome.why
            yield ClaimView(
                claim=rule.claim, into=into, source=rule.source or "literal", scope=scope_of(rule),
                value=outcome.value,
                why=scopes.why_not(scope_of(rule)) if why == "no_scope" else why,
            )  # fmt: skip
