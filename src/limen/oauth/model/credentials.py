"""What a client proves itself with: its method, and the keys or the certificate that it needs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from limen.kernel.errors import FieldError
from limen.oauth.api import ClientType
from limen.oauth.model.certificates import refusal_of_subject
from limen.oauth.model.redirects import refusal_of
from limen.oauth.options import ClientOptions
from limen.platform.jose.algorithms import ALGS

PUBLIC_TYPES: Final[frozenset[ClientType]] = frozenset({"spa", "native"})
SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
KEY_METHODS: Final = ("private_key_jwt", "self_signed_tls_client_auth")
METHODS: Final = (
    *SECRET_METHODS,
    *KEY_METHODS,
    "tls_client_auth",
    "attest_jwt_client_auth",
    "federated_jwt",
)
SUBJECTS: Final = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)
MAX_KEYS: Final = 20
MAX_JWKS: Final = 32 * 1024
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def check_credentials(
    kind: ClientType, auth_method: str, options: ClientOptions
) -> list[FieldError]:
    """Return what is wrong with the method, and with what it proves itself by."""
    return [
        *_method(kind, auth_method, options),
        *_certificate(auth_method, options),
        *_keys(options),
    ]


def _method(kind: ClientType, auth_method: str, options: ClientOptions) -> list[FieldError]:
    allowed = ("none",) if kind in PUBLIC_TYPES else METHODS
    if kind == "native":  # its maker's attester may vouch for each instance
        allowed = ("none", "attest_jwt_client_auth")
    if kind == "device":  # some can keep a secret, most cannot (RFC 8628 §3.1)
        allowed = ("none", *METHODS)
    if auth_method not in allowed:
        message = f"{kind} clients take {' or '.join(allowed)}"
        return [FieldError("auth_method", "not_allowed", message)]
    if auth_method in KEY_METHODS and options.jwks is None and options.jwks_uri is None:
        message = f"{auth_method} needs jwks or jwks_uri"
        return [FieldError("options.jwks", "required", message)]
    alg = options.token_endpoint_auth_signing_alg
    if alg is None:
        return []
    usual = {"private_key_jwt": ALGS, "client_secret_jwt": ("HS256",)}.get(auth_method, ())
    if alg not in usual:
        message = f"must be one of {', '.join(usual)}" if usual else "goes with signed assertions"
        return [FieldError("options.token_endpoint_auth_signing_alg", "invalid", message)]
    return []


def _certificate(auth_method: str, options: ClientOptions) -> list[FieldError]:
    """tls_client_auth has exactly one subject (RFC 8705 §2.1.2), the others have none."""
    named = [name for name in SUBJECTS if getattr(options, name) is not None]
    if auth_method == "tls_client_auth" and len(named) != 1:
        message = "tls_client_auth needs exactly one of " + ", ".join(SUBJECTS)
        return [FieldError("options.tls_client_auth_subject_dn", "required", message)]
    if auth_method != "tls_client_auth" and named:
        return [FieldError(f"options.{named[0]}", "not_allowed", "goes with tls_client_auth")]
    subjects = ((name, getattr(options, name)) for name in named)
    found = ((name, _refusal_of_subject(name, value)) for name, value in subjects)
    return [FieldError(f"options.{name}", "invalid", why) for name, why in found if why]


def _refusal_of_subject(name: str, value: str) -> str | None:
    if not 0 < len(value) <= 500 or not value.isprintable():
        return "must be 1 to 500 printable characters"
    return refusal_of_subject(name, value)


def _keys(options: ClientOptions) -> list[FieldError]:
    """Keys come by value or by address, never both (RFC 7591 §2)."""
    errors: list[FieldError] = []
    if options.jwks is not None and options.jwks_uri is not None:
        errors.append(FieldError("options.jwks_uri", "not_allowed", "give jwks or jwks_uri"))
    if options.jwks_uri is not None and (why := refusal_of(options.jwks_uri, "web")):
        errors.append(FieldError("options.jwks_uri", "invalid", why))
    if options.jwks is not None and (why := refusal_of_jwks(options.jwks)):
        errors.append(FieldError("options.jwks", "invalid", why))
    return errors


def refusal_of_jwks(jwks: Mapping[str, Any]) -> str | None:
    """Return why this is no set of public keys, None if it is one (RFC 7517 §5)."""
    keys = jwks.get("keys")
    if not isinstance(keys, Sequence) or isinstance(keys, str):
        return "must be an object with a list keys"
    found = cast("Sequence[object]", keys)
    if not 1 <= len(found) <= MAX_KEYS or len(msgspec.json.encode(jwks)) > MAX_JWKS:
        return f"must hold 1 to {MAX_KEYS} keys, in 32 KB"
    if not all(isinstance(key, Mapping) for key in found):
        return "each key must be an object with kty"
    parts = [cast("Mapping[str, object]", key) for key in found]
    if not all(isinstance(key.get("kty"), str) for key in parts):
        return "each key must be an object with kty"
    if any(_PRIVATE & key.keys() for key in parts):
        return "must hold public keys only"
    return None
