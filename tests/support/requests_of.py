"""A right request at each protocol endpoint, and what is wrong with any other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support import decoupled
from tests.support.exchange import EXCHANGE, TYPE
from tests.support.issuers import JWT_BEARER
from tests.support.oauth import VERIFIER
from tests.support.victims import EMAIL, Victim

from limen.oauth.api import Client

Wrong = Mapping[str, Mapping[str | None, str]]
"""Parameter → wrong value (None: left out) → error."""

INVALID: Final = "invalid_request"
GRANT: Final = "invalid_grant"
DETAILS: Final = "invalid_authorization_details"
_CLIENT: Final[Wrong] = {
    "client_id": {
        None: "invalid_client", "": "invalid_client", "x": "invalid_client",
        "019a0000-0000-7000-8000-00000000dead": "invalid_client",
    },
    "client_secret": {None: "invalid_client", "": "invalid_client"},
}  # fmt: skip
_SCOPE: Final[Wrong] = {
    "scope": {"x": "invalid_scope", '"': "invalid_scope", "openid openid": "invalid_scope",
              "é": "invalid_scope", "openid phone": "invalid_scope"},
}  # fmt: skip
_RESOURCE: Final[Wrong] = {
    "resource": {"https://unknown.example": "invalid_target", "x": "invalid_target"},
}
_DETAILS: Final[Wrong] = {
    "authorization_details": {"x": DETAILS, "{}": DETAILS, '[{"type":"x"}]': DETAILS},
}
_MADE_UP: Final = "c" * 43


@dataclass(frozen=True)
class Row:
    """`others` are values of another client, `away` of another tenant: with the errors of both;
    `once` says that the same request again is an error, `late` what it is once it has expired."""

    operation: str
    path: str
    fields: dict[str, str]
    wrong: Wrong
    secret: str | None = None
    crossed: str = GRANT
    late: str | None = None
    once: bool = False
    also: tuple[str, ...] = ()
    name: str = field(default="")

    def names(self) -> list[str]:
        return sorted({*self.fields, *self.wrong, *self.also})


def token_rows(v: Victim, app: Client) -> list[Row]:
    """Return a row for each grant, with what `v` holds."""
    return [_row_of(v, app, grant, *spec) for grant, spec in _specs(v).items()]


def _row_of(
    v: Victim, app: Client, grant: str, fields: dict[str, str], wrong: Wrong, more: dict[str, Any]
) -> Row:
    return Row(
        "token.issue", "/oauth2/token",
        {"grant_type": grant, **fields, **v.provider.credentials(app)},
        {"grant_type": _GRANT_TYPES, **_CLIENT, **wrong}, name=grant, **more,
    )  # fmt: skip


_GRANT_TYPES: Final = {
    None: INVALID, "": INVALID, "x": "unsupported_grant_type",
    "password": "unsupported_grant_type", "implicit": "unsupported_grant_type",
    "refresh_token ": "unsupported_grant_type",
}  # fmt: skip


def _secret(error: str) -> dict[str | None, str]:
    """Of a code or token: left out, empty, made up, of another kind."""
    return {None: INVALID, "": INVALID, "x": error, _MADE_UP: error, "a.b.c": error}


def _specs(v: Victim) -> dict[str, tuple[dict[str, str], Wrong, dict[str, Any]]]:
    redirect = v.app.redirect_uris[0]
    kinds = {None: INVALID, "x": INVALID, TYPE + "saml2": INVALID, TYPE + "refresh_token": INVALID}
    return {
        "authorization_code": (
            {"code": v.code, "redirect_uri": redirect, "code_verifier": VERIFIER},
            {
                "code": _secret(GRANT), **_RESOURCE, **_DETAILS,
                "redirect_uri": {None: INVALID, redirect + "/": GRANT, "https://evil.test": GRANT},
                "code_verifier": {None: INVALID, "": INVALID, "v" * 42: INVALID, "v" * 129: INVALID,
                                  "w" * 43: GRANT},
            },
            {"secret": "code", "once": True, "late": GRANT},
        ),
        "refresh_token": (
            {"refresh_token": v.tokens["refresh_token"]},
            {"refresh_token": _secret(GRANT), **_SCOPE, **_RESOURCE, **_DETAILS},
            {"secret": "refresh_token"},  # a lost answer may be asked for again for a moment
        ),
        "client_credentials": (
            {},
            {"scope": {"x": "invalid_scope", '"': "invalid_scope", "openid": "invalid_scope"},
             **_RESOURCE},
            {},
        ),
        decoupled.DEVICE: (
            {"device_code": v.device_code},
            {"device_code": _secret(GRANT), **_RESOURCE},
            {"secret": "device_code", "once": True, "late": "expired_token"},
        ),
        decoupled.CIBA: (
            {"auth_req_id": v.auth_req_id},
            {"auth_req_id": _secret(GRANT), **_RESOURCE},
            {"secret": "auth_req_id", "once": True, "late": "expired_token"},
        ),
        EXCHANGE: (
            {"subject_token": v.tokens["access_token"],
             "subject_token_type": TYPE + "access_token"},
            {
                "subject_token": _secret(INVALID), "subject_token_type": kinds,
                "actor_token": {"x": INVALID}, "actor_token_type": {TYPE + "jwt": INVALID},
                "requested_token_type": {"x": INVALID, TYPE + "saml2": INVALID},
                "scope": {"x": "invalid_scope", '"': "invalid_scope", "phone": "invalid_scope"},
                "audience": {"https://unknown.example": "invalid_target", "x": "invalid_target"},
                **_RESOURCE,
            },
            {"secret": "subject_token", "crossed": INVALID, "late": INVALID},
        ),
        JWT_BEARER: (
            {"assertion": v.idp.token(), "scope": "openid"},
            {
                "assertion": _secret(GRANT), **_RESOURCE,
                "scope": {"x": "invalid_scope", '"': "invalid_scope", "email": "invalid_scope"},
            },
            {"once": True, "late": GRANT},
        ),
    }  # fmt: skip


def endpoint_rows(v: Victim, app: Client) -> list[Row]:
    """Return a row for each other endpoint that takes a form of a client."""
    mine = v.provider.credentials(app)
    asked = v.provider.authorization(app) | mine
    missing = {"token": {None: INVALID, "": INVALID}}
    token = {"token": v.tokens["access_token"], "token_type_hint": "access_token"}
    hints = ("token_type_hint",)
    return [
        Row("token.introspect", "/oauth2/introspect", token | mine, {**missing, **_CLIENT},
            also=hints),
        Row("token.revoke", "/oauth2/revoke", {"token": "unheard-of"} | mine,
            {**missing, **_CLIENT}, also=hints),
        Row(
            "par.push", "/oauth2/par", asked,
            {
                **_CLIENT, **_SCOPE, **_RESOURCE, **_DETAILS,
                "redirect_uri": {None: INVALID, "": INVALID, "https://evil.test": INVALID},
                "response_type": {None: INVALID, "token": "unsupported_response_type"},
                "code_challenge": {None: INVALID, "x": INVALID},
                "code_challenge_method": {"plain": INVALID},
                "request_uri": {"urn:x": INVALID},
            },
            also=("state", "nonce", "login_hint", "ui_locales", "max_age", "prompt", "claims",
                  "request", "id_token_hint", "acr_values", "dpop_jkt"),
        ),
        Row(
            "device.start", "/oauth2/device", {"scope": "openid"} | mine,
            {**_CLIENT, **_SCOPE, **_RESOURCE, **_DETAILS},
        ),
        Row(
            "ciba.start", "/oauth2/ciba",
            {"scope": "openid", "login_hint": EMAIL, "binding_message": "W4SCT"} | mine,
            {
                **_CLIENT, **_RESOURCE, **_DETAILS,
                "scope": {None: "invalid_scope", "email": "invalid_scope", **_SCOPE["scope"]},
                "login_hint": {None: INVALID, "": INVALID, "nobody@example.com": "unknown_user_id"},
                "id_token_hint": {"x": INVALID}, "login_hint_token": {"x": INVALID},
                "binding_message": {"x" * 300: "invalid_binding_message",
                                    "a\nb": "invalid_binding_message"},
                "requested_expiry": {"0": INVALID, "-1": INVALID, "x": INVALID, "1.5": INVALID},
                "request": {"a.b.c": INVALID},
            },
            also=("user_code", "acr_values", "client_notification_token"),
        ),
    ]  # fmt: skip
