"""What a request object says, once its signature is believed: checks, then parameters."""

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from limen.oauth.api import Client
from limen.oauth.errors import InvalidRequest, InvalidRequestObject
from limen.oauth.options import OAuthPolicy
from limen.oauth.parameters import Parameters, limited
from limen.oauth.profiles.model import is_strict as is_under_fapi
from limen.oauth.profiles.model import profile_of

TYPES: Final = (None, "jwt", "oauth-authz-req+jwt")
"""The `typ` that a request object may have; any other is another kind of token (§10.8)."""

SKEW: Final = 60
LONGEST: Final = 3600
"""Seconds that a strict client's object may be valid, and old (FAPI Message Signing §5.3)."""

_OF_THE_TOKEN: Final = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})
_NEVER: Final = ("request", "request_uri", "sub")
_AS_JSON: Final = frozenset({"claims", "authorization_details"})


def is_strict(client: Client, policy: OAuthPolicy) -> bool:
    """True for clients whose objects must say for whom they are, and for how long."""
    options = client.options
    return options.require_signed_request_object or is_under_fapi(profile_of(options, policy))


def check_claims(
    claims: Mapping[str, object], client: Client, *, issuer: str, now: float, strict: bool
) -> None:
    """Raises InvalidRequestObject unless the object is this client's, for us, and now.

    RFC 9101 §4 recommends what is checked where it is there; a strict client must say all.
    """
    if claims.get("client_id") != client.client_id:
        raise _refusal("client_id", "The request object does not name this client.")
    if claims.get("iss", client.client_id) != client.client_id:
        raise _refusal("iss", "The iss of the request object must be the client_id.")
    for name in _NEVER:
        if name in claims:
            raise _refusal(name, f"The request object must not hold {name}.")
    if strict:
        _check_complete(claims, client)
    if "aud" in claims and issuer not in _audiences(claims["aud"]):
        raise _refusal("aud", "The aud of the request object must be the issuer.")
    _check_times(claims, now, strict=strict)


def _check_complete(claims: Mapping[str, object], client: Client) -> None:
    """In a federation each object is used once, and `nbf` is nobody's duty (Federation §12.1.1)."""
    last = "jti" if client.registered == "federation" else "nbf"
    for name in ("iss", "aud", "exp", last):
        if name not in claims:
            raise _refusal(name, f"The request object of this client must hold {name}.")


def _audiences(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _check_times(claims: Mapping[str, object], now: float, *, strict: bool) -> None:
    exp, nbf, iat = (_time(claims, name) for name in ("exp", "nbf", "iat"))
    if exp is not None and now >= exp:
        raise _refusal("exp", "The request object has expired.")
    if strict and exp is not None and exp > now + LONGEST + SKEW:
        raise _refusal("lifetime", "The request object may be valid for an hour at most.")
    if any(at is not None and at > now + SKEW for at in (nbf, iat)):
        raise _refusal("nbf", "The request object is not valid yet.")
    if not strict or exp is None or nbf is None:
        return
    if now - nbf > LONGEST or exp - nbf > LONGEST:
        raise _refusal("lifetime", "The request object may be valid for an hour at most.")


def _time(claims: Mapping[str, object], name: str) -> float | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1 << 40:
        raise _refusal(name, f"The {name} of the request object is no time.")
    return value


def parameters_of(claims: Mapping[str, object]) -> Parameters:
    """Return the object's parameters: these alone count (RFC 9101 §6.3, R017).

    Raises InvalidRequestObject for a value that no parameter can have.
    """
    values: dict[str, str] = {}
    resources: list[str] = []
    for name, value in claims.items():
        if name == "resource":
            resources += _texts(value)
        elif name not in _OF_THE_TOKEN:
            values[name] = _text(name, value)
    try:
        return limited(values, resources)
    except InvalidRequest as error:
        raise InvalidRequestObject(error.detail, hint=error.shown) from error


def _texts(value: object) -> list[str]:
    found = _audiences(value)
    if not all(isinstance(one, str) for one in found):
        raise _refusal("resource", "A resource of the request object is no text.")
    return cast("list[str]", found)


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise _refusal(name, "A parameter of the request object holds a NUL.")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in _AS_JSON and isinstance(value, dict | list):
        return msgspec.json.encode(cast("Any", value)).decode()
    if name in _PLAIN:
        raise _refusal(name, "A parameter of the request object is no text.")
    return ""  # unknown: ignored, as in a query (R007)


_PLAIN: Final = frozenset(
    {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method", "response_mode", "prompt", "max_age", "login_hint", "ui_locales",
        "acr_values", "id_token_hint", "dpop_jkt", "claims", "authorization_details",
        "registration",
    }
)  # fmt: skip


def _refusal(name: str, hint: str) -> InvalidRequestObject:
    return InvalidRequestObject(name, hint=hint, reason=f"request_object_{name}")
