"""What is said to applications when a session ends.  Pure: every time is given."""

from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

import msgspec

from limen.oauth.options import ClientOptions

KIND: Final = "backchannel_logout"
TYP: Final = "logout+jwt"
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME: Final = 120  # seconds (R049)
MOST_FRAMES: Final = 50
_IN_PATH: Final = "/%:@!$&'()*+=-._~"

Standing = Literal[
    "signed_in",  # the session lives
    "waiting",
    "delivered",
    "failed",
    "withdrawn",
    "asked",  # by the front channel: the browser was told to ask it
    "not_told",  # it has no address for that
]


class Told(msgspec.Struct, frozen=True):
    """Whom a logout token is about: kept sealed until it is sent."""

    client: UUID
    session: UUID
    user: UUID


def logout_claims(  # one parameter per claim
    *, issuer: str, client_id: str, subject: str, session: UUID, token: UUID, now: int
) -> dict[str, object]:
    """Return the claims of a logout token (Back-Channel Logout 1.0 §2.4); never a nonce (R049)."""
    return {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": str(token),
        "events": {EVENT: {}},
        "sid": str(session),
    }


def frame_address(uri: str, *, issuer: str, session: UUID) -> str:
    """Return what an iframe loads (Front-Channel Logout 1.0 §2): its own query is kept."""
    joint = "&" if "?" in uri else "?"
    return f"{uri}{joint}{urlencode({'iss': issuer, 'sid': str(session)})}"


def frame_sources(uris: Iterable[str]) -> str:
    """Return CSP's frame-src: exactly these addresses, without their queries."""
    found: list[str] = []
    for uri in uris:
        parts = urlsplit(uri)
        found.append(f"{parts.scheme}://{parts.netloc}{quote(parts.path or '/', safe=_IN_PATH)}")
    return " ".join(dict.fromkeys(found)) or "'none'"


def wants_to_know(options: ClientOptions) -> bool:
    """True for a client that has an address for logouts."""
    return bool(options.backchannel_logout_uri or options.frontchannel_logout_uri)
