"""What a profile asks of a client's registration: each requirement a function and a section."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, cast

from limen.oauth.options import ClientOptions, Profile
from limen.oauth.profiles.model import (
    PROFILES,
    STRONG_ALGS,
    Section,
    Weakness,
    security,
    signing,
)

METHODS: Final = ("private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth")
_SIGNED: Final = (
    "token_endpoint_auth_signing_alg",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
    "backchannel_authentication_request_signing_alg",
)
_RSA_BITS: Final = 2048
_EC_BITS: Final = 224


class Described(Protocol):
    """A client, stored already or about to be."""

    @property
    def redirect_uris(self) -> Sequence[str]: ...
    @property
    def auth_method(self) -> str: ...
    @property
    def id_token_alg(self) -> str: ...
    @property
    def access_token_alg(self) -> str: ...
    @property
    def options(self) -> ClientOptions: ...


Found = Iterator[tuple[str, str]]
"""Fields with what is wrong with them."""


class Rule(NamedTuple):
    """`find` yields the fields that are weaker than `section` allows, from `profile` on."""

    profile: Profile
    section: Section
    find: Callable[[Described], Found]


def weaknesses(client: Described, profile: Profile) -> list[Weakness]:
    """Return everything that this profile refuses in a registration, how it proves itself first."""
    level = PROFILES.index(profile)
    return [
        Weakness(field, rule.section, message)
        for rule in RULES
        if PROFILES.index(rule.profile) <= level
        for field, message in rule.find(client)
    ]


def _confidential(client: Described) -> Found:
    if client.auth_method == "none":
        yield "auth_method", "a public client cannot be used; register a confidential one"


def _bound(client: Described) -> Found:
    options = client.options
    if not (options.dpop_bound_access_tokens or options.tls_client_certificate_bound_access_tokens):
        yield (
            "options.dpop_bound_access_tokens",
            "tokens must be bound to a key: set it, or tls_client_certificate_bound_access_tokens",
        )


def _method(client: Described) -> Found:
    if client.auth_method not in ("none", *METHODS):
        yield "auth_method", f"must be one of {', '.join(METHODS)}"


def _code_alone(client: Described) -> Found:
    if any(kind != "code" for kind in client.options.response_types):
        yield "options.response_types", "must be code alone"


def _pushed(client: Described) -> Found:
    if client.options.request_uris:
        yield "options.request_uris", "requests are pushed, and not read from an address"


def _encrypted_in_transit(client: Described) -> Found:
    for index, uri in enumerate(client.redirect_uris):
        if not uri.startswith("https://"):
            yield f"redirect_uris[{index}]", "must be https"


def _algorithms(client: Described) -> Found:
    message = f"must be one of {', '.join(STRONG_ALGS)}"
    for name in ("id_token_alg", "access_token_alg"):
        if getattr(client, name) not in STRONG_ALGS:
            yield name, message
    for name in _SIGNED:
        alg: str | None = getattr(client.options, name)
        if alg is not None and alg not in STRONG_ALGS:
            yield f"options.{name}", message


def _keys(client: Described) -> Found:
    members: object = (client.options.jwks or {}).get("keys")
    listed = cast("Sequence[object]", members) if isinstance(members, list) else ()
    for index, jwk in enumerate(listed):
        if isinstance(jwk, dict) and _is_short(cast("Mapping[str, Any]", jwk)):
            message = f"must have at least {_RSA_BITS} bits (RSA) or {_EC_BITS} (elliptic curves)"
            yield f"options.jwks.keys[{index}]", message


def _is_short(jwk: Mapping[str, Any]) -> bool:
    if jwk.get("kty") == "EC":
        return jwk.get("crv") not in ("P-256", "P-384", "P-521")
    return jwk.get("kty") == "RSA" and _bits(jwk.get("n")) < _RSA_BITS


def _bits(number: object) -> int:
    text = number if isinstance(number, str) else ""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return 0
    return int.from_bytes(raw, "big").bit_length()


def _not_pushed_tokens(client: Described) -> Found:
    mode = client.options.backchannel_token_delivery_mode
    if mode == "push":
        yield "options.backchannel_token_delivery_mode", "must be poll or ping"


def _signs_requests(client: Described) -> Found:
    if client.options.jwks is None and client.options.jwks_uri is None:
        yield "options.jwks", "the keys that sign requests are needed: jwks or jwks_uri"


RULES: Final = (
    Rule("fapi2", security("5.3.2.1-3"), _confidential),
    Rule("fapi2", security("5.3.2.1-6"), _method),
    Rule("fapi2", security("5.3.2.1-4"), _bound),
    Rule("fapi2", security("5.3.2.2-1"), _code_alone),
    Rule("fapi2", security("5.3.2.2-3"), _pushed),
    Rule("fapi2", security("5.3.2.2-8"), _encrypted_in_transit),
    Rule("fapi2", security("5.4.1-1"), _algorithms),
    Rule("fapi2", security("5.4.1-2"), _keys),
    Rule("fapi2", Section("FAPI-CIBA", "5.2.2"), _not_pushed_tokens),
    Rule("fapi2_message_signing", signing("5.3.1-1"), _signs_requests),
)
