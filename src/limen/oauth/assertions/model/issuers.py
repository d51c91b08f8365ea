"""A trusted issuer: whose tokens a tenant believes, for what, and how far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from limen.kernel.errors import FieldError, Invalid
from limen.oauth.assertions.model.conditions import Condition, check_conditions
from limen.oauth.assertions.model.presets import PRESETS, Preset, pins_an_owner
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.model.scopes import OFFLINE, OWN_SCOPES, is_management, is_scope

Use = Literal["grant", "subject_token", "client_assertion", "id_jag"]
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DAY = 24 * 3600


class ClientLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tokens whose claims meet every condition speak for `client`, within `scopes`.

    Without `scopes`, within all that the client has.
    """

    client: UUID
    conditions: tuple[Condition, ...]
    scopes: tuple[str, ...] | None = None


class IssuerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the owner of the tenant decides about an issuer.

    Keys come from `jwks`, else from `jwks_uri`, else by discovery.  `audiences` are names that
    tokens may call us beside our issuer and token endpoint.  `conditions` must hold for every
    token; the first of `links` that fits says for which client it speaks; any other speaks for
    the person to whom its subject was linked, or, with `match_email`, whose verified address
    it names as verified, unless that person manages this tenant.  `scopes` are what tokens for
    people may hold.  Times are in seconds.
    """

    name: str
    preset: Preset = "generic"
    uses: tuple[Use, ...] = ("grant",)
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ALGORITHMS
    max_lifetime: int | None = None
    single_use: bool | None = None
    conditions: tuple[Condition, ...] = ()
    links: tuple[ClientLink, ...] = ()
    scopes: tuple[str, ...] = ()
    match_email: bool = False

    @property
    def longest(self) -> int:
        """The longest time from `iat` to `exp` that is believed."""
        return self.max_lifetime or PRESETS[self.preset].lifetime

    @property
    def once(self) -> bool:
        """True if each token is taken only once."""
        return PRESETS[self.preset].single_use if self.single_use is None else self.single_use


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """`issuer` is the `iss` of its tokens, compared to the letter."""

    id: UUID
    issuer: str
    enabled: bool
    settings: IssuerSettings
    created_at: datetime
    updated_at: datetime
    version: int

    def link_for(self, claims: Mapping[str, object]) -> ClientLink | None:
        """Return the first link whose conditions all hold."""
        for link in self.settings.links:
            if all(condition.holds(claims) for condition in link.conditions):
                return link
        return None


def issuer_of(given: str | None, preset: Preset) -> str:
    """Return the issuer, the preset's where none is given."""
    return given or PRESETS[preset].issuer or ""


def check_issuer(issuer: str, settings: IssuerSettings, *, own: str) -> None:
    """Raises Invalid with every wrong field; `own` is the tenant's issuer."""
    errors = [
        *_check_address("issuer", issuer),
        *_check_texts(settings),
        *_check_keys(settings),
        *check_conditions(settings.conditions, "conditions"),
        *_check_links(settings),
        *_check_scopes(settings.scopes, "scopes", personal=True),
    ]
    if issuer == own:
        errors.append(FieldError("issuer", "reserved", "is this tenant itself"))
    if errors:
        raise Invalid(*errors)


def _check_address(field: str, text: str) -> list[FieldError]:
    """An https address; http for a loopback host only (R144)."""
    message = "must be an https address without a query or fragment"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return [FieldError(field, "invalid", message)]
    plain = parts.scheme == "http" and (host in LOOPBACK or host == "::1")
    wrong = not text.isascii() or not text.isprintable() or " " in text or len(text) > 500
    if wrong or not host or "?" in text or "#" in text or "@" in parts.netloc:
        return [FieldError(field, "invalid", message)]
    if parts.scheme != "https" and not plain:
        return [FieldError(field, "invalid", message)]
    return []


def _check_texts(settings: IssuerSettings) -> list[FieldError]:
    errors: list[FieldError] = []
    name, seconds = settings.name, settings.max_lifetime
    if not name.strip() or len(name) > 200 or not name.isprintable():
        errors.append(FieldError("name", "invalid", "must be 1 to 200 printable characters"))
    if not settings.uses or len(set(settings.uses)) != len(settings.uses):
        errors.append(FieldError("uses", "invalid", "at least one, none of them twice"))
    if not set(settings.algorithms) <= set(ALGORITHMS) or not settings.algorithms:
        message = f"must be some of {', '.join(ALGORITHMS)}"
        errors.append(FieldError("algorithms", "invalid", message))
    if seconds is not None and not 30 <= seconds <= _DAY:
        errors.append(FieldError("max_lifetime", "out_of_range", f"must be 30 to {_DAY} seconds"))
    wrong = [a for a in settings.audiences if not 0 < len(a) <= 500 or not a.isprintable()]
    if wrong or len(settings.audiences) > 20:
        errors.append(FieldError("audiences", "invalid", "at most 20 of 1 to 500 characters"))
    return errors


def _check_keys(settings: IssuerSettings) -> list[FieldError]:
    if settings.jwks is not None and settings.jwks_uri is not None:
        return [FieldError("jwks", "conflict", "keys come by value or by address, not both")]
    if settings.jwks_uri is not None:
        return _check_address("jwks_uri", settings.jwks_uri)
    if settings.jwks is not None:
        keys = settings.jwks.get("keys")
        if not isinstance(keys, list) or not 1 <= len(keys) <= 50:  # pyright: ignore[reportUnknownArgumentType] - any JSON
            return [FieldError("jwks", "invalid", "must be a JWK Set of 1 to 50 keys")]
    return []


def _check_links(settings: IssuerSettings) -> list[FieldError]:
    errors: list[FieldError] = []
    if len(settings.links) > 200:
        errors.append(FieldError("links", "invalid", "at most 200"))
    for index, link in enumerate(settings.links[:200]):
        field = f"links[{index}]"
        errors += check_conditions(link.conditions, f"{field}.conditions")
        every = (*settings.conditions, *link.conditions)
        if not pins_an_owner(settings.preset, every):
            owners = ", ".join(PRESETS[settings.preset].owners) or "any claim"
            message = f"must pin who it is: an exact value, or owner/…, of {owners}"
            errors.append(FieldError(f"{field}.conditions", "too_wide", message))
        errors += _check_scopes(link.scopes or (), f"{field}.scopes", personal=False)
    return errors


def _check_scopes(scopes: tuple[str, ...], field: str, *, personal: bool) -> list[FieldError]:
    """An issuer never gives what lets a person manage, or stay, here: no such scope for people."""
    errors = [
        FieldError(f"{field}[{index}]", "invalid", "is no scope")
        for index, scope in enumerate(scopes)
        if not is_scope(scope)
    ]
    if len(scopes) > 200 or len(set(scopes)) != len(scopes):
        errors.append(FieldError(field, "invalid", "at most 200, none of them twice"))
    if personal:
        forbidden = [s for s in scopes if is_management(s) or s in OWN_SCOPES or s == OFFLINE]
        errors += [
            FieldError(field, "not_allowed", f"{scope} is never given") for scope in forbidden
        ]
    return errors
