"""The rules of tenants: their slugs, and the settings that they may choose."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from limen.kernel.errors import FieldError, Invalid
from limen.kernel.tenant import DEFAULT_SLUG

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")
_RESERVED = frozenset(
    {
        "account", "admin", "api", "assets", "auth", "demo", "dev", "docs", "health", "help",
        "limen", "localhost", "login", "mail", "oauth2", "root", "saml", "scim", "signin",
        "signup", "static", "status", "support", "system", "www",
    }
)  # fmt: skip
MAX_NAME = 100


class TenantSettings(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What a tenant may choose while the server runs; what is absent has its default.

    sign_up_mode            who may make an account: `open` for anybody, or `closed`
    password_block_list     words that no password may be, besides the built-in lists
    support_url             where the hosted pages send people who need help
    """

    sign_up_mode: Literal["open", "closed"] | None = None
    password_block_list: (
        Annotated[list[Annotated[str, Meta(min_length=1, max_length=256)]], Meta(max_length=10_000)]
        | None
    ) = None
    support_url: Annotated[str, Meta(max_length=2048)] | None = None


_TYPES: Mapping[str, Any] = get_type_hints(TenantSettings, include_extras=True)


def check_slug(slug: str) -> str:
    """Return the slug.  Raises Invalid."""
    if not _SLUG.fullmatch(slug):
        says = "2 to 40 of a-z, 0-9 and -, beginning and ending with a letter or digit"
        raise Invalid(FieldError("slug", "invalid", says))
    if slug in _RESERVED:
        raise Invalid(FieldError("slug", "reserved", f"{slug} is a reserved word"))
    return slug


def check_name(name: str) -> str:
    """Return the name without spaces around it.  Raises Invalid."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise Invalid(FieldError("name", "invalid", f"1 to {MAX_NAME} printing characters"))
    return name


def merge_settings(
    current: Mapping[str, object], change: Mapping[str, object]
) -> dict[str, object]:
    """Return `current` with `change` merged in; None removes one.  Raises Invalid."""
    merged = dict(current)
    wrong: list[FieldError] = []
    for name, value in change.items():
        error = _wrong(name, value)
        if error is not None:
            wrong.append(error)
        elif value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    if wrong:
        raise Invalid(*wrong)
    return merged


def _wrong(name: str, value: object) -> FieldError | None:
    if name not in _TYPES:
        close = get_close_matches(name, _TYPES, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(_TYPES))}"
        return FieldError(name, "unknown", f"no such setting; {hint}")
    try:
        msgspec.convert(value, _TYPES[name])
    except msgspec.ValidationError as error:
        return FieldError(name, "invalid", str(error))
    if name == "support_url" and value is not None and not _is_web_address(str(value)):
        return FieldError(name, "invalid", "must be an http or https address")
    return None


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and url.isprintable()


def issuer_of(slug: str, issuer: str) -> str:
    """Return a tenant's issuer under the configured one."""
    return issuer if slug == DEFAULT_SLUG else f"{issuer}/t/{slug}"
