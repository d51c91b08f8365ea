"""What a client may be registered as: checked as a whole, defaults filled in (R055-R059)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import msgspec

from limen.kernel.errors import FieldError, Invalid
from limen.oauth.api import Client, ClientType, NewClient
from limen.oauth.model import redirects
from limen.oauth.model.credentials import PUBLIC_TYPES, SECRET_METHODS, check_credentials
from limen.oauth.model.metadata import check_options
from limen.oauth.model.scopes import IDENTITY_SCOPES, OFFLINE, PERSONAL_SCOPES, is_scope
from limen.oauth.options import ClientOptions

ALGORITHMS: Final = ("ES256", "RS256", "PS256", "EdDSA")
MAX_SCOPES: Final = 200
_YEAR = 366 * 24 * 3600
_CODE = "authorization_code"
_REFRESH = "refresh_token"
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_CIBA = "urn:openid:params:grant-type:ciba"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_OF_PEOPLE: Final = frozenset((_CODE, _DEVICE, _CIBA))
"""The grants behind which there is a person."""
_PERHAPS_OF_PEOPLE: Final = _OF_PEOPLE | {_JWT_BEARER, _EXCHANGE}

GrantTypes = Mapping[str, frozenset[ClientType]]
"""The grant types that are installed, each with the types of client that may have it."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a client that its owner chooses, complete and valid."""

    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    origins: tuple[str, ...]
    grant_types: tuple[str, ...]
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    auth_method: str
    skip_consent: bool
    id_token_alg: str
    access_token_alg: str
    access_token_lifetime: int | None
    refresh_token_lifetime: int | None
    client_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    options: ClientOptions = ClientOptions()


def complete(new: NewClient, installed: GrantTypes) -> Configuration:
    """Return the configuration that `new` asks for.  Raises Invalid with every wrong field."""
    grants = _grant_types(new, installed)
    scopes = _scopes(new, grants)
    auth_method = new.auth_method or _auth_method(new)
    origins = new.origins or (_origins_of(new.redirect_uris) if new.type == "spa" else ())
    checks = (
        _check_name(new),
        _check_grants(new, grants, installed),
        _check_redirects(new, grants),
        _check_origins(origins),
        _check_scopes(scopes, grants),
        check_credentials(new.type, auth_method, new.options),
        _check_consent(new),
        _check_tokens(new),
        _check_links(new),
        check_options(new.options, redirect_uris=new.redirect_uris, grants=grants),
    )
    errors = [error for found in checks for error in found]
    if errors:
        raise Invalid(*errors)
    return Configuration(
        redirect_uris=tuple(new.redirect_uris),
        post_logout_redirect_uris=tuple(new.post_logout_redirect_uris),
        origins=tuple(origins),
        grant_types=grants,
        scopes=scopes,
        audiences=tuple(new.audiences),
        auth_method=auth_method,
        skip_consent=new.skip_consent,
        id_token_alg=new.id_token_alg,
        access_token_alg=new.access_token_alg,
        access_token_lifetime=new.access_token_lifetime,
        refresh_token_lifetime=new.refresh_token_lifetime,
        client_uri=new.client_uri,
        logo_uri=new.logo_uri,
        policy_uri=new.policy_uri,
        tos_uri=new.tos_uri,
        options=new.options,
    )


def changed(client: Client, changes: Mapping[str, object], installed: GrantTypes) -> Configuration:
    """Return the configuration after `changes`, checked as a whole.  Raises Invalid.

    Origins that were only those of the redirect URIs follow them.
    """
    now: dict[str, Any] = {field.name: getattr(client, field.name) for field in fields(NewClient)}
    if "redirect_uris" in changes and client.origins == _origins_of(client.redirect_uris):
        now["origins"] = ()
    now.update(changes)
    return complete(NewClient(**now), installed)


def _grant_types(new: NewClient, installed: GrantTypes) -> tuple[str, ...]:
    if new.grant_types is not None:
        return tuple(new.grant_types)
    usual = {"m2m": ("client_credentials",), "device": (_DEVICE, _REFRESH)}
    return tuple(g for g in usual.get(new.type, (_CODE, _REFRESH)) if g in installed)


def _auth_method(new: NewClient) -> str:
    """Return the usual method; what cannot keep a secret gets none."""
    return "none" if new.type in {*PUBLIC_TYPES, "device"} else SECRET_METHODS[0]


def _scopes(new: NewClient, grants: tuple[str, ...]) -> tuple[str, ...]:
    if new.scopes is not None:
        return tuple(new.scopes)
    if _OF_PEOPLE.isdisjoint(grants):
        return ()
    return tuple(s for s in IDENTITY_SCOPES if s != OFFLINE or _REFRESH in grants)


def _origins_of(uris: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(redirects.origin_of(u) for u in uris if u.startswith("http")))


def _check_name(new: NewClient) -> list[FieldError]:
    name = new.name
    if name.strip() != name or not 1 <= len(name) <= 200 or not name.isprintable():
        return [FieldError("name", "invalid", "must be 1 to 200 printable characters")]
    return []


def _check_grants(
    new: NewClient, grants: tuple[str, ...], installed: GrantTypes
) -> list[FieldError]:
    errors = [
        FieldError("grant_types", "not_allowed", f"{new.type} clients cannot have {name!r}")
        for name in grants
        if new.type not in installed.get(name, frozenset())
    ]
    if not grants:
        errors.append(FieldError("grant_types", "required", "at least one is needed"))
    if len(set(grants)) != len(grants):
        errors.append(FieldError("grant_types", "repeated", "one is named twice"))
    if _REFRESH in grants and len(grants) == 1:
        errors.append(FieldError("grant_types", "incomplete", "nothing to refresh"))
    return errors


def _check_redirects(new: NewClient, grants: tuple[str, ...]) -> list[FieldError]:
    errors: list[FieldError] = []
    if _CODE in grants and not new.redirect_uris:
        errors.append(FieldError("redirect_uris", "required", "at least one is needed"))
    if _CODE not in grants and new.redirect_uris:
        errors.append(FieldError("redirect_uris", "not_allowed", f"needs the grant {_CODE}"))
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        uris: Sequence[str] = getattr(new, name)
        if len(uris) > redirects.MAX_URIS or len(set(uris)) != len(uris):
            errors.append(FieldError(name, "invalid", "at most 50, none of them twice"))
        for index, uri in enumerate(uris[: redirects.MAX_URIS]):
            why = redirects.refusal_of(uri, new.type)
            if why is not None:
                errors.append(FieldError(f"{name}[{index}]", "invalid", why))
    return errors


def _check_origins(origins: Sequence[str]) -> list[FieldError]:
    found = ((i, redirects.refusal_of_origin(origin)) for i, origin in enumerate(origins[:50]))
    errors = [FieldError(f"origins[{i}]", "invalid", why) for i, why in found if why]
    if len(origins) > redirects.MAX_URIS:
        errors.append(FieldError("origins", "invalid", "at most 50"))
    return errors


def _check_scopes(scopes: tuple[str, ...], grants: tuple[str, ...]) -> list[FieldError]:
    errors = [
        FieldError(f"scopes[{i}]", "invalid", "is no scope")
        for i, scope in enumerate(scopes)
        if not is_scope(scope)
    ]
    if len(scopes) > MAX_SCOPES or len(set(scopes)) != len(scopes):
        errors.append(FieldError("scopes", "invalid", "at most 200, none of them twice"))
    if _PERHAPS_OF_PEOPLE.isdisjoint(grants) and PERSONAL_SCOPES.keys() & set(scopes):
        errors.append(FieldError("scopes", "not_allowed", "speak of a person: no grant has one"))
    if OFFLINE in scopes and _REFRESH not in grants:
        errors.append(FieldError("scopes", "not_allowed", f"{OFFLINE} needs the grant {_REFRESH}"))
    return errors


def _check_consent(new: NewClient) -> list[FieldError]:
    assured = all(map(redirects.assures_identity, new.redirect_uris))
    if new.skip_consent and new.type == "native" and not assured:
        message = "any app can pose as this one, so people are always asked (RFC 8252 §8.6)"
        return [FieldError("skip_consent", "not_allowed", message)]
    return []


def _check_tokens(new: NewClient) -> list[FieldError]:
    errors = [
        FieldError(name, "invalid", f"must be one of {', '.join(ALGORITHMS)}")
        for name in ("id_token_alg", "access_token_alg")
        if getattr(new, name) not in ALGORITHMS
    ]
    limits = (("access_token_lifetime", 24 * 3600), ("refresh_token_lifetime", _YEAR))
    for name, most in limits:
        seconds: int | None = getattr(new, name)
        if seconds is not None and not 30 <= seconds <= most:
            errors.append(FieldError(name, "out_of_range", f"must be 30 to {most} seconds"))
    return errors


def _check_links(new: NewClient) -> list[FieldError]:
    names = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
    links = ((name, getattr(new, name)) for name in names)
    return [
        FieldError(name, "invalid", "must be an https address")
        for name, link in links
        if link is not None
        and (not link.startswith("https://") or redirects.refusal_of(link, "web"))
    ]
