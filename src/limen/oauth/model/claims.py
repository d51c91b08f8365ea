"""Claims: which scope releases which, and what the `claims` parameter asks (Core §5)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, cast

import msgspec

from limen.identity.api import Email, User
from limen.oauth.errors import InvalidRequest
from limen.platform.jose.strict_json import check_object

SCOPE_CLAIMS: Final[Mapping[str, tuple[str, ...]]] = {
    "profile": (
        "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username",
        "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
}  # fmt: skip
"""OpenID Connect Core §5.4."""

SCOPE_OF: Final = {claim: scope for scope, claims in SCOPE_CLAIMS.items() for claim in claims}
_PROFILE_FIELDS = frozenset(SCOPE_CLAIMS["profile"]) - {"preferred_username", "updated_at"}
_MAX_LENGTH = 8192


class ClaimsRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the `claims` parameter asks, as far as we know it; the rest is ignored (§5.5).

    `acr` are the values of an essential acr claim; `subject` is whom the answer must be about.
    """

    userinfo: tuple[str, ...] = ()
    id_token: tuple[str, ...] = ()
    acr: tuple[str, ...] = ()
    subject: str | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that would release the same claims: consent is asked for these."""
        return frozenset(SCOPE_OF[claim] for claim in (*self.userinfo, *self.id_token))


class _Wish(msgspec.Struct):
    essential: bool = False
    value: Any = None
    values: list[Any] = []


class _Wishes(msgspec.Struct):
    userinfo: dict[str, _Wish | None] | None = None
    id_token: dict[str, _Wish | None] | None = None


_decoder = msgspec.json.Decoder(_Wishes)


def parse_claims(text: str) -> ClaimsRequest:
    """Read the `claims` parameter.  Raises InvalidRequest."""
    if len(text) > _MAX_LENGTH:
        raise InvalidRequest("claims too long", hint="The claims parameter is too long.")
    try:
        check_object(text.strip().encode())
        wishes = _decoder.decode(text)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        hint = "The claims parameter is not the JSON object that it must be."
        raise InvalidRequest(str(error), hint=hint) from error
    userinfo, id_token = wishes.userinfo or {}, wishes.id_token or {}
    return ClaimsRequest(
        userinfo=_known(userinfo),
        id_token=_known(id_token),
        acr=_essential_acr(id_token.get("acr")),
        subject=_subject(id_token.get("sub")) or _subject(userinfo.get("sub")),
    )


def _known(wishes: Iterable[str]) -> tuple[str, ...]:
    """Return the claims of ours; in a language that we do not keep, they come without (§5.2)."""
    bare = (name.partition("#")[0] for name in wishes)
    return tuple(dict.fromkeys(name for name in bare if name in SCOPE_OF))


def _essential_acr(wish: _Wish | None) -> tuple[str, ...]:
    if wish is None or not wish.essential:
        return ()
    return tuple(str(v) for v in (*wish.values, wish.value) if v is not None)


def _subject(wish: _Wish | None) -> str | None:
    return wish.value if wish is not None and isinstance(wish.value, str) else None


@lru_cache(maxsize=256)
def claims_of(scope: frozenset[str]) -> frozenset[str]:
    """Return the names of the claims that `scope` releases at userinfo (§5.4)."""
    return frozenset(claim for token in scope for claim in SCOPE_CLAIMS.get(token, ()))


def claims_about(user: User, names: Iterable[str]) -> dict[str, object]:
    """Return the claims of `names` that we know about `user`; unknown ones are left out."""
    found: dict[str, object] = {}
    profile, email = user.profile, user.primary_email
    for name in names:
        if name in _PROFILE_FIELDS:
            value = cast("object", getattr(profile, name))
        else:
            value = _claim(user, email, name)
        if value is not None:
            found[name] = value
    return found


def _claim(user: User, email: Email | None, name: str) -> object:
    profile = user.profile
    match name:
        case "preferred_username":
            return user.username or (email.address if email else None)
        case "updated_at":
            return int(user.updated_at.timestamp())
        case "email":
            return email.address if email else None
        case "email_verified":
            return email.verified_at is not None if email else None
        case "phone_number":
            return profile.phone_number
        case "phone_number_verified":
            return profile.phone_number_verified if profile.phone_number else None
        case _:
            address = profile.address
            return (
                {k: v for k, v in msgspec.structs.asdict(address).items() if v} if address else None
            )
