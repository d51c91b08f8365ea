"""Client metadata as the standards name it: read into a registration, and written out again.

Fields that we do not know are ignored, null is omitted (RFC 7591 §2, RFC 7592 §2.2); what is
known and wrong is an error that names its field.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from limen.kernel.errors import FieldError, Invalid
from limen.oauth.api import Client, ClientType, NewClient, Registered
from limen.oauth.errors import InvalidScope
from limen.oauth.model.redirects import MAX_LENGTH
from limen.oauth.model.scopes import IDENTITY_SCOPES, OFFLINE, parse_scope
from limen.oauth.options import ClientOptions
from limen.oauth.registration.errors import InvalidClientMetadata, InvalidRedirectUri
from limen.oauth.registration.model.names import deceives
from limen.oauth.registration.model.terms import Terms

T = TypeVar("T")

_OURS: Final = frozenset({
    "claim_rules", "id_token_lifetime", "token_exchange_audiences", "token_exchange_impersonation",
    "cross_app_access", "profile",
})  # fmt: skip
"""Options that only an administrator chooses."""
OPTIONS: Final = tuple(n for n in ClientOptions.__struct_fields__ if n not in _OURS)
CODE: Final = "authorization_code"
REFRESH: Final = "refresh_token"
MACHINE: Final = "client_credentials"
SECRETS: Final = ("client_secret_basic", "client_secret_post", "client_secret_jwt")
_PUBLIC: Final[frozenset[ClientType]] = frozenset({"spa", "native"})
_NAMES: Final = {
    "name": "client_name", "scopes": "scope", "auth_method": "token_endpoint_auth_method",
    "id_token_alg": "id_token_signed_response_alg",
}  # fmt: skip


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The metadata of a registration request (RFC 7591 §2, OpenID Connect Registration §2)."""

    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    token_endpoint_auth_method: str | None = None
    grant_types: tuple[str, ...] = (CODE,)
    application_type: str = "web"
    client_name: str | None = None
    client_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    scope: str | None = None
    id_token_signed_response_alg: str | None = None
    options: ClientOptions = ClientOptions()


def parse(metadata: Mapping[str, Any]) -> Asked:
    """Return what is asked for.  Raises InvalidRedirectUri, InvalidClientMetadata."""
    given = {name: value for name, value in metadata.items() if value is not None}
    named = {name: given[name] for name in Asked.__struct_fields__ if name in given}
    named.pop("options", None)
    if "client_name" not in named:  # one in any language is better than none (RFC 7591 §2.2)
        tagged = [value for name, value in given.items() if name.startswith("client_name#")]
        named |= {"client_name": tagged[0]} if tagged else {}
    options = {name: given[name] for name in OPTIONS if name in given}
    asked = _convert(named, Asked)
    return msgspec.structs.replace(asked, options=_convert(options, ClientOptions))


def _convert(fields: Mapping[str, object], kind: type[T]) -> T:
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        _, _, place = str(error).partition(" - at `$.")
        name = place.partition("[")[0].rstrip("`") or "metadata"
        raise refusal_of(FieldError(name, "invalid", "has another form")) from error


def new_client(
    asked: Asked, terms: Terms, *, offered: Sequence[str], registered: Registered,
    metadata_url: str | None = None,
) -> NewClient:  # fmt: skip
    """Return the registration; `offered` are the scopes that an API of ours knows now.

    The caller's terms are checked here, everything else where clients are made.  Raises
    InvalidRedirectUri, InvalidClientMetadata.
    """
    kind = _kind(asked)
    _check(asked, terms)
    method = "none" if kind in _PUBLIC else asked.token_endpoint_auth_method or SECRETS[0]
    return NewClient(
        name=_name(asked),
        type=kind,
        redirect_uris=asked.redirect_uris,
        post_logout_redirect_uris=asked.post_logout_redirect_uris,
        grant_types=asked.grant_types,
        scopes=_scopes(asked, terms, offered),
        auth_method=method,
        id_token_alg=asked.id_token_signed_response_alg or "RS256",  # Registration §2
        client_uri=asked.client_uri,
        logo_uri=asked.logo_uri,
        policy_uri=asked.policy_uri,
        tos_uri=asked.tos_uri,
        options=asked.options,
        registered=registered,
        metadata_url=metadata_url,
    )


def _kind(asked: Asked) -> ClientType:
    """Return the type; whoever listens on the device itself keeps no secret there.

    So a client with a loopback address or a scheme of its own is public, and a secret that it
    asked for is not made (RFC 7591 §3.2.1 lets us); people are asked each time (R013).
    """
    if not asked.redirect_uris:
        return "device" if any("device_code" in name for name in asked.grant_types) else "m2m"
    method = asked.token_endpoint_auth_method
    if not all(uri.startswith("https://") for uri in asked.redirect_uris):
        if method not in (None, "none", *SECRETS):
            wrong = FieldError("token_endpoint_auth_method", "invalid", "is for web clients")
            raise refusal_of(wrong)
        return "native"
    if method == "none" or (method is None and asked.application_type == "native"):
        return "native" if asked.application_type == "native" else "spa"
    return "web"


def _check(asked: Asked, terms: Terms) -> None:
    if asked.application_type not in ("web", "native"):
        raise refusal_of(FieldError("application_type", "invalid", "must be web or native"))
    for grant in asked.grant_types:
        if grant not in terms.grant_types:
            raise refusal_of(FieldError("grant_types", "not_allowed", "one is not given here"))
    for uri in asked.redirect_uris[:100]:
        if not terms.permits_redirect(uri):
            raise refusal_of(FieldError("redirect_uris", "not_allowed", "a host is not taken here"))
    for name, link in _links(asked):
        if not link.startswith("https://") or len(link) > MAX_LENGTH:
            raise refusal_of(FieldError(name, "invalid", "must be an https address"))
    if asked.client_name is not None and deceives(asked.client_name):
        message = "mixes letters that look alike"
        raise refusal_of(FieldError("client_name", "deceptive", message))


def _links(asked: Asked) -> list[tuple[str, str]]:
    """Return every address that we, or a browser for us, may once ask: https only, here."""
    names = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
    own = [(name, getattr(asked, name)) for name in names]
    more = [
        (name, getattr(asked.options, name))
        for name in OPTIONS
        if name.endswith(("_uri", "_endpoint")) and isinstance(getattr(asked.options, name), str)
    ]
    listed = [("request_uris", uri) for uri in asked.options.request_uris]
    return [(name, link) for name, link in (*own, *more, *listed) if link is not None]


def _name(asked: Asked) -> str:
    if asked.client_name is not None:
        return asked.client_name
    if not asked.redirect_uris:
        return "Application"
    return asked.redirect_uris[0].partition("://")[2].partition("/")[0][:200] or "Application"


def _scopes(asked: Asked, terms: Terms, offered: Sequence[str]) -> tuple[str, ...]:
    if asked.scope is not None:
        try:
            scopes = parse_scope(asked.scope)
        except InvalidScope as error:
            wrong = FieldError("scope", "invalid", "too long, malformed or repeated")
            raise refusal_of(wrong) from error
        if not all(map(terms.permits_scope, scopes)):
            raise refusal_of(FieldError("scope", "not_allowed", "one is not given here"))
        return scopes
    personal = IDENTITY_SCOPES if CODE in asked.grant_types else ()
    usual = (s for s in personal if s != OFFLINE or REFRESH in asked.grant_types)
    return (*usual, *(s for s in terms.scopes if s in offered))


def keeping(asked: ClientOptions, before: ClientOptions) -> ClientOptions:
    """Return what an application asks to be now, with what only an administrator chose of it."""
    return msgspec.structs.replace(asked, **{name: getattr(before, name) for name in _OURS})


def refusal_of(error: FieldError) -> InvalidRedirectUri | InvalidClientMetadata:
    """Return the protocol's error of a wrong field, by its name in the standard."""
    name = error.field.removeprefix("options.")
    field, bracket, rest = name.partition("[")
    shown = _NAMES.get(field, field) + bracket + rest
    said = error.message.isascii() and not {'"', "'", "\\"} & set(error.message)
    hint = f"{shown[:80]}: {error.message if said else error.code}."
    if not hint.isascii():
        hint = "A field is not valid."
    reason = f"{_NAMES.get(field, field)}_{error.code}"
    if field == "redirect_uris":
        return InvalidRedirectUri(error.message, hint=hint, reason=reason)
    return InvalidClientMetadata(error.message, hint=hint, reason=reason)


def refusal(invalid: Invalid) -> InvalidRedirectUri | InvalidClientMetadata:
    """Return the protocol's error of what the rules of all clients refuse."""
    errors = sorted(invalid.errors, key=lambda error: not error.field.startswith("redirect_uris"))
    return refusal_of(errors[0])


def render(client: Client) -> dict[str, object]:
    """Return the registered metadata (RFC 7591 §3.2.1), without what nobody chose."""
    chosen: dict[str, object] = msgspec.to_builtins(client.options)
    for name in _OURS:
        chosen.pop(name, None)
    own: dict[str, object] = {
        "client_id": client.client_id,
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "token_endpoint_auth_method": client.auth_method,
        "grant_types": client.grant_types,
        "response_types": client.options.response_types if CODE in client.grant_types else (),
        "application_type": "native" if client.type == "native" else "web",
        "scope": " ".join(client.scopes),
        "id_token_signed_response_alg": client.id_token_alg,
        "client_uri": client.client_uri,
        "logo_uri": client.logo_uri,
        "policy_uri": client.policy_uri,
        "tos_uri": client.tos_uri,
    }
    return {**chosen, **{n: v for n, v in own.items() if v is not None and v != ()}}
