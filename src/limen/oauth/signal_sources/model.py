"""A source of security events: whom we listen to, and what an event of each kind does here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from limen.kernel.errors import FieldError, Invalid
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.signals.model.events import KINDS, URIS

Action = Literal["record", "end_sessions", "suspend", "demand_password"]
NEEDED: Final[Mapping[str, str]] = {
    "end_sessions": "sessions:write",
    "suspend": "users:write",
    "demand_password": "users:write",
}
"""What whoever has events do something must be allowed to do (R120)."""

SKEW: Final = 60
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_DAY: Final = 24 * 3600


class SourceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an administrator decides.

    Keys come from `jwks`, else `jwks_uri`, else from what the transmitter says of itself.
    `audiences` are names that its tokens call us, our issuer where none is given.  `actions`
    say by kind of event (`caep:session-revoked`) or its URI what is done; what is not named is
    only recorded.  Subjects are people by link (`limen issuer link-user`), with `match_email`
    by an address that they verified here, with `own_subjects` by our own `sub`.  `max_age` is in
    seconds.  With `poll_url` we ask for events: with the secret as a bearer token, or for
    one at `token_url` as `client_id`.
    """

    name: str
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ALGORITHMS
    actions: dict[str, tuple[Action, ...]] = {}
    match_email: bool = False
    own_subjects: bool = False
    max_age: int = 3 * _DAY
    poll_url: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    scope: str | None = None

    def actions_for(self, uri: str) -> tuple[Action, ...]:
        return self.actions.get(uri) or self.actions.get(KINDS.get(uri, ""), ())


class Source(msgspec.Struct, frozen=True):
    """`reach` is what its maker was allowed: it does no more (R120)."""

    id: UUID
    issuer: str
    enabled: bool
    settings: SourceSettings
    reach: list[str]
    push_digest: bytes
    secret_sealed: bytes | None
    poll_error: str | None
    created_at: datetime
    updated_at: datetime
    version: int


def check_source(issuer: str, settings: SourceSettings, *, own: str) -> None:
    """Raises Invalid with every wrong field; `own` is the tenant's issuer."""
    errors = [*_address("issuer", issuer), *_texts(settings), *_actions(settings)]
    for field in ("jwks_uri", "poll_url", "token_url"):
        address: str | None = getattr(settings, field)
        errors += [] if address is None else _address(field, address)
    if issuer == own:
        errors.append(FieldError("issuer", "reserved", "is this tenant itself"))
    if settings.jwks is not None and settings.jwks_uri is not None:
        errors.append(FieldError("jwks", "conflicting", "give jwks or jwks_uri, not both"))
    if (settings.token_url is None) != (settings.client_id is None):
        errors.append(FieldError("token_url", "incomplete", "needs client_id, and it this"))
    if errors:
        raise Invalid(*errors)


def _texts(settings: SourceSettings) -> list[FieldError]:
    errors: list[FieldError] = []
    if not settings.name.strip() or len(settings.name) > 200 or not settings.name.isprintable():
        errors.append(FieldError("name", "invalid", "must be 1 to 200 printable characters"))
    if len(settings.audiences) > 20 or any(not 0 < len(a) <= 500 for a in settings.audiences):
        errors.append(FieldError("audiences", "invalid", "at most 20 of 1 to 500 characters"))
    if not settings.algorithms or not set(settings.algorithms) <= set(ALGORITHMS):
        message = f"must be among {', '.join(ALGORITHMS)}"
        errors.append(FieldError("algorithms", "invalid", message))
    if not 60 <= settings.max_age <= 30 * _DAY:
        errors.append(FieldError("max_age", "out_of_range", "must be 60 seconds to 30 days"))
    return errors


def _actions(settings: SourceSettings) -> list[FieldError]:
    found: list[FieldError] = []
    if len(settings.actions) > 100:
        found.append(FieldError("actions", "too_many", "at most 100"))
    for event in settings.actions:
        if event not in URIS and not (event.startswith("https://") and len(event) <= 500):
            message = f"name events by URI, or as {', '.join(URIS)}"
            found.append(FieldError("actions", "unknown", message))
            break
    return found


def _address(field: str, text: str) -> list[FieldError]:
    """An https address; http for a loopback host only (R144).  Where it leads is judged later."""
    wrong = FieldError(field, "invalid", "must be an https address without a fragment")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return [wrong]
    plain = parts.scheme == "http" and host in _LOOPBACK
    bad = not text.isascii() or not text.isprintable() or " " in text or len(text) > 500
    if bad or not host or "#" in text or "@" in parts.netloc:
        return [wrong]
    return [] if parts.scheme == "https" or plain else [wrong]
