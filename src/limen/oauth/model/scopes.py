"""Scopes: how they are written, what they are called, and which are whose."""

from collections.abc import Iterable, Mapping
from typing import Final

from limen.access.api import PERMISSIONS
from limen.oauth.api import ScopeText
from limen.oauth.errors import InvalidScope

MAX_LENGTH: Final = 2048
MAX_TOKENS: Final = 64

OPENID: Final = "openid"
OFFLINE: Final = "offline_access"

IDENTITY_SCOPES: Final[Mapping[str, ScopeText]] = {
    text.name: text
    for text in (
        ScopeText("openid", "Know who you are", "A number that is yours, and when you signed in"),
        ScopeText("profile", "See your profile", "Name, picture, language, time zone"),
        ScopeText("email", "See your e-mail address", "And whether it is confirmed"),
        ScopeText("phone", "See your telephone number", "And whether it is confirmed"),
        ScopeText("address", "See your postal address", "Street, town, country"),
        ScopeText("offline_access", "Stay connected", "Also after you sign out here"),
    )
}

ACCOUNT_SCOPES: Final[Mapping[str, ScopeText]] = {
    text.name: text
    for text in (
        ScopeText("account:read", "See your whole account", "With its addresses and sessions"),
        ScopeText("account:write", "Change your account", "Profile, address, password, sessions"),
    )
}
"""What a person's token needs at `/api/v1/me`; no client has them unless they are named."""

SIGNAL_SCOPES: Final[Mapping[str, ScopeText]] = {
    text.name: text
    for text in (
        ScopeText("ssf.read", "See its own signal streams", "And collect their events"),
        ScopeText("ssf.manage", "Make and change its own signal streams", "As an application"),
        ScopeText("ssf.all", "Hear of everybody", "Also of people who never used the application"),
    )
}
"""What an application needs to hear of security events (Shared Signals Framework)."""

OWN_SCOPES: Final = frozenset((*ACCOUNT_SCOPES, *SIGNAL_SCOPES))
"""What opens our own endpoints beside the permissions: given to an application by name only."""

PERSONAL_SCOPES: Final = {**IDENTITY_SCOPES, **ACCOUNT_SCOPES}
"""Every scope that speaks of a person."""

_CHARACTERS = frozenset(chr(code) for code in range(0x21, 0x7F)) - {'"', "\\"}

_RESERVED = frozenset(name.partition(":")[0] for name in (*PERMISSIONS, *ACCOUNT_SCOPES))
_AS_MUCH_AS: Final = {
    "account:read": "users:read",
    "account:write": "users:write",
    "ssf.all": "users:read",
}


def is_scope(text: str) -> bool:
    """True for a scope-token of RFC 6749 §3.3, at most 200 characters."""
    return 0 < len(text) <= 200 and _CHARACTERS.issuperset(text)


def is_management(scope: str) -> bool:
    """True for a permission of the management API, which is a scope of it too."""
    return scope in PERMISSIONS


def is_reserved(scope: str) -> bool:
    """True for what means something here, or may once: no API can have a scope of this name."""
    resource, colon, _ = scope.partition(":")
    return scope in {**IDENTITY_SCOPES, **SIGNAL_SCOPES} or (bool(colon) and resource in _RESERVED)


def powers_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return the permissions that whoever controls a client with these scopes gets (R120).

    Somebody else's account, changed in their name, is worth the permission over accounts.
    """
    return frozenset(_AS_MUCH_AS.get(s, s) for s in scopes if s in PERMISSIONS or s in _AS_MUCH_AS)


def parse_scope(text: str) -> tuple[str, ...]:
    """Return the scopes of a `scope` parameter, in the order asked.

    Raises InvalidScope beyond 2 KB or 64 tokens (A015), for what is malformed or repeated.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidScope(f"{len(text)} characters", hint="The scope parameter is too long.")
    found = tuple(token for token in text.split(" ") if token)
    if len(found) > MAX_TOKENS:
        raise InvalidScope(f"{len(found)} scopes", hint="More than 64 scopes were asked for.")
    if not all(map(is_scope, found)):
        raise InvalidScope("malformed", hint="A scope holds characters that scopes cannot hold.")
    if len(set(found)) != len(found):
        raise InvalidScope("repeated", hint="A scope was named twice.")
    return found


def narrow(held: Iterable[str], asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return what a refresh may carry: all of `held`, or the part asked for (RFC 6749 §6).

    Raises InvalidScope where more is asked than is held (R031).
    """
    held = tuple(held)
    if asked is None:
        return held
    if not set(asked) <= set(held):
        raise InvalidScope("wider than granted", hint="More scope was asked for than was granted.")
    return asked


def render_scope(scope: Iterable[str]) -> str:
    return " ".join(scope)
