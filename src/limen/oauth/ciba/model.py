"""What a backchannel request may say: read whole, before anybody is looked up (CIBA Core §7.1)."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

import msgspec

from limen.oauth.api import Client
from limen.oauth.ciba.errors import InvalidBindingMessage
from limen.oauth.errors import InvalidRequest
from limen.oauth.options import DeliveryMode
from limen.oauth.parameters import Parameters

GRANT_TYPE: Final = "urn:openid:params:grant-type:ciba"
MAX_MESSAGE: Final = 100
SHORTEST: Final = 10
"""Seconds that a request waits at least, whatever the client wishes."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]{22,1024}=*")
"""RFC 6750 §2.1; 22 characters of base64 are 128 bits (CIBA Core §7.1)."""
_STACKED: Final = 2
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Me"})

Hint = Literal["login_hint", "id_token_hint", "login_hint_token"]
_HINTS: Final[tuple[Hint, ...]] = ("login_hint", "id_token_hint", "login_hint_token")


class Whom(msgspec.Struct, frozen=True):
    """Whom a request is about, as its client names them."""

    kind: Hint
    text: str


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters beside scope and resources; `lifetime` is the client's wish, in seconds."""

    whom: Whom
    mode: DeliveryMode
    acr_values: tuple[str, ...]
    notification_token: str | None
    binding_message: str | None
    user_code: str | None
    lifetime: int | None


def mode_of(client: Client) -> DeliveryMode:
    return client.options.backchannel_token_delivery_mode or "poll"


def prepare(parameters: Parameters, client: Client) -> Prepared:
    """Return what is asked.  Raises InvalidRequest, InvalidBindingMessage."""
    mode = mode_of(client)
    token = parameters.get("client_notification_token")
    if mode == "poll":
        token = None
    elif token is None or not _TOKEN.fullmatch(token):
        hint = "client_notification_token must be a bearer token of 22 to 1024 characters."
        raise InvalidRequest("client_notification_token", hint=hint)
    return Prepared(
        whom=_whom(parameters.values),
        mode=mode,
        acr_values=tuple((parameters.get("acr_values") or "").split())[:20],
        notification_token=token,
        binding_message=message_of(parameters.get("binding_message")),
        user_code=parameters.get("user_code"),
        lifetime=_lifetime(parameters.get("requested_expiry")),
    )


def _whom(values: Mapping[str, str]) -> Whom:
    """Exactly one hint names the person (CIBA Core §7.1)."""
    found: list[Hint] = [name for name in _HINTS if name in values]
    if len(found) != 1:
        hint = "Exactly one of login_hint, id_token_hint and login_hint_token is needed."
        raise InvalidRequest(f"{len(found)} hints", hint=hint)
    return Whom(found[0], values[found[0]])


def message_of(text: str | None) -> str | None:
    """Return the text.  Raises InvalidBindingMessage.

    The text is shown exactly as it came, or not at all: nothing in it hides or reorders.

    Refused are control, format and direction characters (bidi), line breaks, spaces that a page
    would swallow, marks stacked over one letter (A115), and addresses of elsewhere.
    """
    if text is None:
        return None
    hidden = any(unicodedata.category(c) in _HIDDEN for c in text)
    spaced = any(unicodedata.category(c) == "Zs" and c != " " for c in text)
    leads_away = "://" in text or "www." in text.lower()
    swallowed = text != " ".join(text.split())
    odd = hidden or spaced or swallowed or leads_away or _is_stacked(text)
    if odd or not 0 < len(text) <= MAX_MESSAGE:
        raise InvalidBindingMessage(f"{len(text)} characters")
    return text


def _is_stacked(text: str) -> bool:
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _STACKED:
            return True
    return False


def _lifetime(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) == 0:
        hint = "requested_expiry must be a positive whole number of seconds."
        raise InvalidRequest("requested_expiry", hint=hint)
    return int(text)


def lifetime_of(prepared: Prepared, usual: timedelta, longest: timedelta) -> timedelta:
    """Return for how long the request waits: the client's wish, within our bounds."""
    if prepared.lifetime is None:
        return usual
    wish = timedelta(seconds=max(prepared.lifetime, SHORTEST))
    return min(wish, longest)


def fault_of_code(code: str) -> str | None:
    """Return what is wrong with a code that a person chooses (R085), None where nothing is."""
    if not 6 <= len(code) <= 64 or not code.isprintable() or code != code.strip():
        return "Choose 6 to 64 characters, without spaces around them."
    if len(set(code)) < 3 or code in "01234567890123456789" or code in "98765432109876543210":
        return "This code is too easy to guess."
    return None
