"""Entity statements (§3): what somebody signed about an entity, itself or a subordinate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from limen.platform.jose.algorithms import ALGS
from limen.platform.jose.foreign import (
    Unverified,
    candidates,
    check_typ,
    is_signed,
    parse_alg,
    parse_keys,
    read,
)
from limen.platform.jose.verify import SKEW, InvalidToken

TYP: Final = "entity-statement+jwt"
MEDIA_TYPE: Final = f"application/{TYP}"
MAX_SIZE: Final = 64 * 1024
MAX_HINTS: Final = 50
"""An entity with more superiors than this is not asked about: nobody has so many."""
_LATEST: Final = 1 << 40
Jwks = Mapping[str, Any]
Metadata = Mapping[str, Mapping[str, Any]]


class Naming(msgspec.Struct, frozen=True):
    """Hosts, as in RFC 5280 §4.2.1.10: `.example.com` is any below, not the name itself."""

    permitted: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()


class Constraints(msgspec.Struct, frozen=True):
    max_path_length: int | None = None
    naming_constraints: Naming | None = None
    allowed_entity_types: tuple[str, ...] | None = None


class MarkGiven(msgspec.Struct, frozen=True):
    """A trust mark beside its type (§7.1)."""

    trust_mark_type: str
    trust_mark: str


class Owner(msgspec.Struct, frozen=True):
    """Whose a type of trust marks is, where others issue them (§7.2)."""

    sub: str
    jwks: dict[str, Any]


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The claims; what is of another type makes the whole unreadable."""

    iss: str
    sub: str
    iat: int
    exp: int
    jwks: dict[str, Any]
    aud: str | tuple[str, ...] = ()
    authority_hints: tuple[str, ...] | None = None
    metadata: dict[str, dict[str, Any]] = {}
    metadata_policy: dict[str, dict[str, dict[str, Any]]] | None = None
    metadata_policy_crit: tuple[str, ...] | None = None
    constraints: Constraints | None = None
    crit: tuple[str, ...] | None = None
    trust_marks: tuple[MarkGiven, ...] = ()
    trust_mark_issuers: dict[str, tuple[str, ...]] = {}
    trust_mark_owners: dict[str, Owner] = {}

    @property
    def audiences(self) -> tuple[str, ...]:
        return (self.aud,) if isinstance(self.aud, str) else self.aud


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement with the token it came in, whose signature is to be looked at."""

    token: str
    unverified: Unverified
    says: Statement


def read_statement(token: str, now: float) -> Signed:
    """Return a statement that is well-formed and in time.  Raises InvalidToken.

    Nothing is believed yet: `check_signed` does that, with keys from elsewhere.
    """
    unverified = read(token, max_size=MAX_SIZE)
    check_typ(unverified.header, (TYP,))
    parse_alg(unverified.header, ALGS)
    if not unverified.header.kid:
        raise InvalidToken("kid")
    try:
        says = msgspec.convert(unverified.claims, Statement)
    except msgspec.ValidationError as error:
        raise InvalidToken(f"claims: {error}") from error
    check_times(says.iat, says.exp, now)
    _check_kind(says)
    return Signed(token, unverified, says)


def check_times(iat: int, exp: int, now: float) -> None:
    """Raises InvalidToken for what is over, or not yet."""
    if not 0 < iat < exp < _LATEST:
        raise InvalidToken("exp")
    if iat > now + SKEW:
        raise InvalidToken("iat")
    if now >= exp:
        raise InvalidToken("expired")


def _check_kind(says: Statement) -> None:
    """What an entity says of itself binds nobody, and of others it names no superiors (§3.1)."""
    if says.crit is not None:  # claims of extensions, none of which we know
        raise InvalidToken("crit")
    if says.iss == says.sub:
        ruling = (says.metadata_policy, says.metadata_policy_crit, says.constraints)
        if any(one is not None for one in ruling):
            raise InvalidToken("configuration")
        if len(says.authority_hints or ()) > MAX_HINTS:
            raise InvalidToken("authority_hints")
    elif says.authority_hints is not None or says.trust_mark_issuers or says.trust_mark_owners:
        raise InvalidToken("subordinate")


def check_signed(unverified: Unverified, jwks: Jwks) -> None:
    """Raises InvalidToken unless a key of `jwks` signed it."""
    alg = parse_alg(unverified.header, ALGS)
    if not is_signed(unverified, candidates(parse_keys(jwks), unverified.header, alg), alg):
        raise InvalidToken("signature")


def names_of(signed: Sequence[Signed]) -> tuple[str, ...]:
    """Return the issuers of a chain, the subject first, each once."""
    return tuple(dict.fromkeys(one.says.iss for one in signed))
