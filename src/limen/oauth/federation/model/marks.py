"""Trust marks (§7): a statement that an entity meets some rules, by who may say so."""

from typing import Final

import msgspec

from limen.oauth.federation.model.statements import Jwks, Signed, Statement, check_signed
from limen.platform.jose.foreign import Unverified, check_typ, read
from limen.platform.jose.verify import SKEW, InvalidToken

TYP: Final = "trust-mark+jwt"
DELEGATION: Final = "trust-mark-delegation+jwt"
_MOST: Final = 20
_MAX_SIZE: Final = 16 * 1024


class Mark(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    iat: int
    trust_mark_type: str
    exp: int | None = None
    delegation: str | None = None


def marks_of(subject: Statement, kind: str) -> list[tuple[Unverified, Mark]]:
    """Return some marks of a type that an entity shows of itself, readable and unverified."""
    found: list[tuple[Unverified, Mark]] = []
    for given in subject.trust_marks[:_MOST]:
        if given.trust_mark_type != kind:
            continue
        try:
            unverified, mark = _read(given.trust_mark, TYP)
        except InvalidToken:
            continue
        if mark.sub == subject.sub and mark.trust_mark_type == kind:
            found.append((unverified, mark))
    return found[:3]


def _read(token: str, typ: str) -> tuple[Unverified, Mark]:
    unverified = read(token, max_size=_MAX_SIZE)
    check_typ(unverified.header, (typ,))
    try:
        return unverified, msgspec.convert(unverified.claims, Mark)
    except msgspec.ValidationError as error:
        raise InvalidToken(f"claims: {error}") from error


def may_issue(mark: Mark, anchor: Signed, issuers: tuple[str, ...]) -> bool:
    """True for who may issue it: whom the tenant names, else whom the anchor does (§7.3)."""
    if issuers:
        return mark.iss in issuers
    named = anchor.says.trust_mark_issuers.get(mark.trust_mark_type)
    return named is not None and (not named or mark.iss in named)


def check_mark(unverified: Unverified, mark: Mark, keys: Jwks, anchor: Signed, now: float) -> None:
    """`keys` are the issuer's.  Raises InvalidToken."""
    check_signed(unverified, keys)
    _check_times(mark, now)
    owner = anchor.says.trust_mark_owners.get(mark.trust_mark_type)
    if owner is None:
        return
    if mark.delegation is None:
        raise InvalidToken("delegation")
    delegation, says = _read(mark.delegation, DELEGATION)
    check_signed(delegation, owner.jwks)
    _check_times(says, now)
    if (says.iss, says.sub, says.trust_mark_type) != (owner.sub, mark.iss, mark.trust_mark_type):
        raise InvalidToken("delegation")


def _check_times(mark: Mark, now: float) -> None:
    if not 0 < mark.iat <= now + SKEW or (mark.exp is not None and now >= mark.exp):
        raise InvalidToken("expired")
