"""What a client may be registered with beyond the basics: each option, and what goes together.

Names are those of the standards; a field error names `options.<name>`.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from limen.kernel.errors import FieldError
from limen.oauth.exchange.registration import check_exchange
from limen.oauth.model.claim_rules import check_rules
from limen.oauth.model.redirects import refusal_of
from limen.oauth.options import ClientOptions
from limen.platform.jose.algorithms import ALGS
from limen.platform.jose.encryption import CONTENT_ALGS, KEY_ALGS

RESPONSE_TYPES: Final = ("code", "code id_token")
"""`token` is never among them: no access token travels through a browser (R015, R046)."""
CODE: Final = "authorization_code"
CIBA: Final = "urn:openid:params:grant-type:ciba"
_USUAL_RESPONSE_TYPES: Final = ("code",)
_YEAR: Final = 366 * 24 * 3600

_URLS: Final = (
    "sector_identifier_uri",
    "initiate_login_uri",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "backchannel_client_notification_endpoint",
)
_SIGNED: Final = (
    "request_object_signing_alg",
    "authorization_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
    "backchannel_authentication_request_signing_alg",
)
_ENCRYPTED: Final = (
    "request_object_encryption",
    "authorization_encrypted_response",
    "id_token_encrypted_response",
    "userinfo_encrypted_response",
    "introspection_encrypted_response",
)
_LISTS: Final = (
    ("response_types", 10, 100),
    ("request_uris", 50, 2048),
    ("authorization_details_types", 50, 200),
    ("default_acr_values", 20, 200),
    ("token_exchange_audiences", 50, 500),
    ("contacts", 10, 200),
)


def check_options(
    options: ClientOptions, *, redirect_uris: Sequence[str], grants: Sequence[str]
) -> list[FieldError]:
    """Return every wrong option of a client with these redirect URIs and grant types."""
    return [
        *_check_urls(options),
        *_check_lists(options),
        *_check_algorithms(options),
        *_check_encryption(options),
        *_check_response_types(options, grants),
        *_check_subject(options, redirect_uris),
        *_check_logout(options, redirect_uris),
        *_check_ciba(options, grants),
        *check_exchange(options, grants),
        *_check_numbers(options),
        *check_rules(options.claim_rules, pairwise=options.subject_type == "pairwise"),
        *_check_texts(options),
    ]


def _error(name: str, code: str, message: str) -> FieldError:
    return FieldError(f"options.{name}", code, message)


def _check_urls(options: ClientOptions) -> list[FieldError]:
    links = ((name, getattr(options, name)) for name in _URLS)
    errors = [
        _error(name, "invalid", why)
        for name, link in links
        if link is not None and (why := refusal_of(link, "web"))
    ]
    for index, uri in enumerate(options.request_uris[:50]):
        bare = uri.partition("#")[0]  # a fragment may be its hash (OpenID Registration §2)
        if why := refusal_of(bare, "web"):
            errors.append(_error(f"request_uris[{index}]", "invalid", why))
    return errors


def _check_lists(options: ClientOptions) -> list[FieldError]:
    errors: list[FieldError] = []
    for name, most, length in _LISTS:
        values: tuple[str, ...] = getattr(options, name)
        if len(values) > most or len(set(values)) != len(values):
            errors.append(_error(name, "invalid", f"at most {most}, none of them twice"))
        elif any(not 0 < len(v) <= length or not v.isprintable() for v in values):
            errors.append(_error(name, "invalid", f"1 to {length} printable characters each"))
    return errors


def _check_algorithms(options: ClientOptions) -> list[FieldError]:
    """`none` is not among them, not even where OpenID Connect would allow it (R017, R038)."""
    chosen = ((name, getattr(options, name)) for name in _SIGNED)
    message = f"must be one of {', '.join(ALGS)}"
    return [
        _error(name, "invalid", message)
        for name, alg in chosen
        if alg is not None and alg not in ALGS
    ]


def _check_encryption(options: ClientOptions) -> list[FieldError]:
    """`…_enc` needs its `…_alg`; what we encrypt is encrypted to the client's own keys."""
    errors: list[FieldError] = []
    keys = options.jwks is not None or options.jwks_uri is not None
    for name in _ENCRYPTED:
        alg: str | None = getattr(options, f"{name}_alg")
        enc: str | None = getattr(options, f"{name}_enc")
        if alg is not None and alg not in KEY_ALGS:
            message = f"must be one of {', '.join(KEY_ALGS)}"
            errors.append(_error(f"{name}_alg", "invalid", message))
        if enc is not None and enc not in CONTENT_ALGS:
            message = f"must be one of {', '.join(CONTENT_ALGS)}"
            errors.append(_error(f"{name}_enc", "invalid", message))
        if enc is not None and alg is None:
            errors.append(_error(f"{name}_alg", "required", f"{name}_enc needs it"))
        if alg is not None and not keys and name != "request_object_encryption":
            errors.append(_error("jwks", "required", f"{name}_alg needs jwks or jwks_uri"))
    return errors


def _check_response_types(options: ClientOptions, grants: Sequence[str]) -> list[FieldError]:
    """Each response type rests on the authorization code grant (RFC 7591 §2.1, R015)."""
    asked = options.response_types
    if CODE not in grants:
        if asked in ((), _USUAL_RESPONSE_TYPES):
            return []
        return [_error("response_types", "not_allowed", f"needs the grant {CODE}")]
    unknown = [one for one in asked if one not in RESPONSE_TYPES]
    if unknown or not asked:
        message = f"must be of {', '.join(map(repr, RESPONSE_TYPES))}"
        return [_error("response_types", "invalid", message)]
    return []


def _check_subject(options: ClientOptions, redirect_uris: Sequence[str]) -> list[FieldError]:
    """Pairwise subjects need one sector: a host of all redirect URIs, or a list of them
    elsewhere (OpenID Connect Core §8.1)."""
    if options.sector_identifier_uri is not None or options.subject_type == "public":
        return []
    if len({host_of(uri) for uri in redirect_uris}) > 1:
        message = "redirect URIs of several hosts need it for pairwise subjects"
        return [_error("sector_identifier_uri", "required", message)]
    return []


def _check_logout(options: ClientOptions, redirect_uris: Sequence[str]) -> list[FieldError]:
    """The front-channel page is loaded into a frame of ours, so it is the application's own:
    scheme, host and port are those of a redirect URI (Front-Channel Logout §2)."""
    errors: list[FieldError] = []
    front = options.frontchannel_logout_uri
    if front is not None and _origin(front) not in {_origin(uri) for uri in redirect_uris}:
        message = "must have scheme, host and port of a redirect URI"
        errors.append(_error("frontchannel_logout_uri", "invalid", message))
    if options.session_management and not any(uri.startswith("http") for uri in redirect_uris):
        message = "needs a redirect URI on the web, whose origin asks"
        errors.append(_error("session_management", "not_allowed", message))
    for channel in ("backchannel", "frontchannel"):
        required = getattr(options, f"{channel}_logout_session_required")
        if required and getattr(options, f"{channel}_logout_uri") is None:
            name = f"{channel}_logout_session_required"
            errors.append(_error(name, "not_allowed", f"needs {channel}_logout_uri"))
    return errors


def _check_ciba(options: ClientOptions, grants: Sequence[str]) -> list[FieldError]:
    """Ping and push call the client back; poll does not (CIBA Core §4)."""
    mode = options.backchannel_token_delivery_mode
    endpoint = options.backchannel_client_notification_endpoint
    errors: list[FieldError] = []
    if mode is not None and CIBA not in grants:
        message = f"needs the grant {CIBA}"
        errors.append(_error("backchannel_token_delivery_mode", "not_allowed", message))
    if mode in ("ping", "push") and endpoint is None:
        name = "backchannel_client_notification_endpoint"
        errors.append(_error(name, "required", f"{mode} needs it"))
    if mode not in ("ping", "push") and endpoint is not None:
        name = "backchannel_client_notification_endpoint"
        errors.append(_error(name, "not_allowed", "goes with the modes ping and push"))
    return errors


def _check_numbers(options: ClientOptions) -> list[FieldError]:
    limits = (("default_max_age", 0, _YEAR), ("id_token_lifetime", 30, 24 * 3600))
    return [
        _error(name, "out_of_range", f"must be {least} to {most} seconds")
        for name, least, most in limits
        if (seconds := getattr(options, name)) is not None and not least <= seconds <= most
    ]


def _check_texts(options: ClientOptions) -> list[FieldError]:
    chosen = ((name, getattr(options, name)) for name in ("software_id", "software_version"))
    return [
        _error(name, "invalid", "must be 1 to 200 printable characters")
        for name, text in chosen
        if text is not None and not _is_text(text)
    ]


def _is_text(text: str) -> bool:
    return 0 < len(text) <= 200 and text.isprintable()


def host_of(uri: str) -> str:
    """Return the host, or what stands for it in a URI of an app's own scheme."""
    try:
        parts = urlsplit(uri)
    except ValueError:  # refused elsewhere, with its own field
        return uri
    return parts.hostname or f"{parts.scheme}:"


def _origin(uri: str) -> tuple[str, str]:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "", uri
    return parts.scheme, parts.netloc
