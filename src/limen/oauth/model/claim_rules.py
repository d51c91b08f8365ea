"""Claims by rule: where their values come from, who may see them, and what they never replace.

A source that tells something of the person needs the scope that would release it at userinfo,
unless the rule names another one: no rule gets around consent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from limen.identity.api import Profile, User
from limen.kernel.errors import FieldError
from limen.oauth.api import Client
from limen.oauth.model.claims import SCOPE_OF, claims_about
from limen.oauth.model.scopes import is_scope
from limen.oauth.options import ClaimRule

Into = Literal["id_token", "userinfo", "access_token"]
Why = Literal["no_scope", "no_value", "identifies_everywhere", "too_large"]

MAX_RULES: Final = 50
MAX_LITERAL: Final = 1000
MAX_BYTES: Final = 3072
"""Of all rules in one token, as JSON: a token has 8 KB (`jose.verify.MAX_SIZE`) at most."""
_MAX_INT: Final = 2**53 - 1

RESERVED: Final = frozenset(
    (
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "nonce", "acr", "amr",
        "auth_time", "at_hash", "c_hash", "s_hash", "sid", "sub_jwk", "sub_id", "cnf", "act",
        "may_act", "client_id", "scope", "scp", "authorization_details", "events", "toe", "txn",
        "status", "active", "token_type", "token_introspection", "username", "gid", "fid", "uic",
        "via", "mac", "own", "_claim_names", "_claim_sources", "vc", "vp", "entitlements",
    )
)  # fmt: skip
"""What the protocol says; no rule ever does."""
_RESERVED_PREFIX: Final = "urn:openid:params:"
_PROVEN: Final = {
    "email": "user.email",
    "email_verified": "user.email_verified",
    "phone_number": "user.profile.phone_number",
    "phone_number_verified": "user.profile.phone_number_verified",
}
"""Claims that others rely on as proven: they have one source."""


@dataclass(frozen=True, slots=True)
class Known:
    """What rules can draw from; `user` is None for a machine."""

    client: Client
    user: User | None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    read: Callable[[Known], object]
    scope: str | None = None


def _standard(claim: str) -> Source:
    def read(known: Known) -> object:
        return known.user and claims_about(known.user, (claim,)).get(claim)

    return Source(read, SCOPE_OF[claim])


def _emails(known: Known) -> object:
    found = known.user.emails if known.user else ()
    return [email.address for email in found if email.verified_at is not None] or None


SOURCES: Final[Mapping[str, Source]] = {
    "user.id": Source(lambda known: str(known.user.id) if known.user else None),
    "user.username": Source(lambda known: known.user and known.user.username, "profile"),
    "user.display_name": Source(lambda known: known.user and known.user.display_name, "profile"),
    "user.updated_at": _standard("updated_at"),
    "user.email": _standard("email"),
    "user.email_verified": _standard("email_verified"),
    "user.emails": Source(_emails, "email"),
    **{f"user.profile.{name}": _standard(name) for name in Profile.__struct_fields__},
    "roles": Source(lambda known: list(known.roles) or None),
    "client.id": Source(lambda known: known.client.client_id),
    "client.name": Source(lambda known: known.client.name),
}
ROLES: Final = "roles"
_EVERYWHERE: Final = "user.id"


def scope_of(rule: ClaimRule) -> str | None:
    """Return the scope that the claim needs."""
    if rule.scope is not None or rule.source is None:
        return rule.scope
    return SOURCES[rule.source].scope if rule.source in SOURCES else None


def is_reserved(claim: str) -> bool:
    return claim in RESERVED or claim.startswith(_RESERVED_PREFIX)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a rule: a value, or why there is none."""

    rule: ClaimRule
    value: Any = None
    why: Why | None = None


def outcomes(
    rules: Sequence[ClaimRule],
    known: Known,
    *,
    into: Into,
    scopes: Iterable[str],
    is_readable: bool = True,
) -> list[Outcome]:
    """Return what becomes of each rule `into` such a token with these scopes.

    `is_readable` is false for what the client cannot read: there alone may a client with
    pairwise subjects have the person's id put in.
    """
    granted, left = frozenset(scopes), MAX_BYTES
    hides = is_readable and known.client.options.subject_type == "pairwise"
    found: list[Outcome] = []
    for rule in rules:
        if into not in rule.into or is_reserved(rule.claim):
            continue
        outcome = _outcome(rule, known, granted, hides=hides)
        size = len(msgspec.json.encode({rule.claim: outcome.value}))
        if outcome.why is None and size > left:
            outcome = Outcome(rule=rule, why="too_large")
        left -= size if outcome.why is None else 0
        found.append(outcome)
    return found


def _outcome(rule: ClaimRule, known: Known, granted: frozenset[str], *, hides: bool) -> Outcome:
    needed = scope_of(rule)
    if needed is not None and needed not in granted:
        return Outcome(rule=rule, why="no_scope")
    if rule.source is None:
        return Outcome(rule=rule, value=rule.literal)
    if rule.source == _EVERYWHERE and hides:
        return Outcome(rule=rule, why="identifies_everywhere")
    source = SOURCES.get(rule.source)
    value = None if source is None else source.read(known)
    return Outcome(rule=rule, value=value, why="no_value" if value is None else None)


def released(found: Iterable[Outcome]) -> dict[str, object]:
    """Return the claims; of two rules for one claim the later one counts."""
    return {outcome.rule.claim: outcome.value for outcome in found if outcome.why is None}


def check_rules(
    rules: Sequence[ClaimRule], *, of_api: bool = False, pairwise: bool = False
) -> list[FieldError]:
    """Return what is wrong with the rules of a client or an API."""
    if len(rules) > MAX_RULES:
        return [FieldError("options.claim_rules", "invalid", f"at most {MAX_RULES}")]
    return [
        FieldError(f"options.claim_rules[{index}]", "invalid", why)
        for index, rule in enumerate(rules)
        if (why := _wrong(rule, of_api=of_api, pairwise=pairwise)) is not None
    ]


def _wrong(rule: ClaimRule, *, of_api: bool, pairwise: bool) -> str | None:
    if not 0 < len(rule.claim) <= 200 or not rule.claim.isprintable():
        return "a claim has 1 to 200 printable characters"
    if is_reserved(rule.claim):
        return f"{rule.claim} is the protocol's"
    if not rule.into:
        return "into names no token"
    if of_api and rule.into != ("access_token",):
        return "an API gets access tokens alone: into must be access_token"
    if rule.scope is not None and not is_scope(rule.scope):
        return "scope is no scope"
    return _wrong_value(rule, pairwise=pairwise and not of_api)


def _wrong_value(rule: ClaimRule, *, pairwise: bool) -> str | None:
    if (rule.source is None) == (rule.literal is None):
        return "either source or literal says what the value is"
    if rule.claim in _PROVEN and rule.source != _PROVEN[rule.claim]:
        return f"{rule.claim} has one source: {_PROVEN[rule.claim]}"
    if rule.source is not None and rule.source not in SOURCES:
        return f"source must be one of {', '.join(SOURCES)}"
    if rule.source == _EVERYWHERE and pairwise:
        return "a client with pairwise subjects does not learn user.id"
    literal = rule.literal
    if isinstance(literal, str) and len(literal) > MAX_LITERAL:
        return f"a literal has at most {MAX_LITERAL} characters"
    if isinstance(literal, int) and abs(literal) > _MAX_INT:
        return "a number is at most 2^53 - 1"
    return None
