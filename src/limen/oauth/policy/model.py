"""Which policies there may be: each field alone, and what it may never give away (R056)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from limen.kernel.errors import FieldError, Invalid
from limen.oauth.federation.model import entities as federation
from limen.oauth.model.redirects import refusal_of
from limen.oauth.model.scopes import OWN_SCOPES, is_management, is_scope
from limen.oauth.options import OAuthPolicy, StatementIssuer

_HOST = re.compile(
    r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)
_MOST: Final = 100
_DAY: Final = 24 * 3600
_TYPES: Final = {field.name: field.type for field in msgspec.structs.fields(OAuthPolicy)}
_DEFAULTS: Final = msgspec.structs.asdict(OAuthPolicy())


def merge(current: OAuthPolicy, change: Mapping[str, object]) -> OAuthPolicy:
    """Return `current` with the fields of `change`; None goes back to the default.

    Raises Invalid with every wrong field.
    """
    merged: dict[str, Any] = msgspec.structs.asdict(current)
    errors: list[FieldError] = []
    for name, value in change.items():
        if name not in _TYPES:
            errors.append(FieldError(name[:100], "unknown", "no such field of the policy"))
            continue
        try:
            given = _DEFAULTS[name] if value is None else msgspec.convert(value, _TYPES[name])
        except msgspec.ValidationError as error:
            errors.append(FieldError(name, "invalid", str(error)))
        else:
            merged[name] = given
    found = OAuthPolicy(**merged)
    errors += [error for error in refusals(found) if not errors]
    if errors:
        raise Invalid(*errors)
    return found


def refusals(policy: OAuthPolicy) -> list[FieldError]:
    """Return what is wrong with a policy."""
    return [
        *_scopes(policy.registration_scopes),
        *_hosts("registration_redirect_hosts", policy.registration_redirect_hosts),
        *_hosts("client_id_metadata_hosts", policy.client_id_metadata_hosts),
        *_grants(policy.registration_grant_types),
        *_numbers(policy),
        *_issuers(policy.software_statement_issuers),
        *federation.refusals_of(policy),
    ]


def _scopes(scopes: Sequence[str]) -> list[FieldError]:
    """What anybody can register must not reach our own API, whatever its people may (A023)."""
    found = _list("registration_scopes", scopes)
    for index, scope in enumerate(scopes[:_MOST]):
        if not is_scope(scope):
            found.append(FieldError(f"registration_scopes[{index}]", "invalid", "is no scope"))
        elif is_management(scope) or scope in OWN_SCOPES:
            message = "is a permission of this server, which no registration gives"
            found.append(FieldError(f"registration_scopes[{index}]", "not_allowed", message))
    return found


def _grants(grants: Sequence[str]) -> list[FieldError]:
    found = _list("registration_grant_types", grants)
    if any(not 0 < len(grant) <= 100 for grant in grants):
        found.append(FieldError("registration_grant_types", "invalid", "is no grant type"))
    return found


def _hosts(name: str, hosts: Sequence[str]) -> list[FieldError]:
    message = "must be a host like app.example.com, or *.example.com"
    wrong = [
        FieldError(f"{name}[{index}]", "invalid", message)
        for index, host in enumerate(hosts[:_MOST])
        if len(host) > 253 or _HOST.fullmatch(host) is None
    ]
    return [*_list(name, hosts), *wrong]


def _list(name: str, values: Sequence[str]) -> list[FieldError]:
    if len(values) > _MOST or len(set(values)) != len(values):
        return [FieldError(name, "invalid", f"at most {_MOST}, none of them twice")]
    return []


def _numbers(policy: OAuthPolicy) -> list[FieldError]:
    limits = (
        ("registration_max_clients", 0, 1_000_000),
        ("registration_unused_lifetime", 3600, 3660 * _DAY),
    )
    return [
        FieldError(name, "out_of_range", f"must be {least} to {most}")
        for name, least, most in limits
        if not least <= getattr(policy, name) <= most
    ]


def _issuers(issuers: Sequence[StatementIssuer]) -> list[FieldError]:
    name = "software_statement_issuers"
    found = _list(name, [one.issuer for one in issuers])
    for index, one in enumerate(issuers[:_MOST]):
        where = f"{name}[{index}]"
        if not 0 < len(one.issuer) <= 2048 or not one.issuer.isprintable():
            found.append(FieldError(f"{where}.issuer", "invalid", "must be 1 to 2048 characters"))
        if (one.jwks is None) == (one.jwks_uri is None):
            found.append(FieldError(where, "invalid", "needs either jwks or jwks_uri"))
        if one.jwks_uri is not None and refusal_of(one.jwks_uri, "web") is not None:
            found.append(FieldError(f"{where}.jwks_uri", "invalid", "must be an https address"))
    return found
