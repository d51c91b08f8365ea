"""What the demo shows: requests with their secrets masked, and claims in plain words."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from limen.platform.crypto import new_secret

_SECRET: Final = frozenset({
    "code", "code_verifier", "client_secret", "access_token", "refresh_token", "id_token",
    "id_token_hint", "authorization",
})  # fmt: skip
_SHOWN = 6
_MOST_VISITS = 100

CLAIMS: Final[Mapping[str, str]] = {
    "iss": "Who made the token: the issuer.",
    "sub": "Who signed in: an id that never changes.",
    "aud": "Whom the token is for: this application.",
    "exp": "When it ends (Unix seconds).",
    "iat": "When it was made (Unix seconds).",
    "auth_time": "When the person last proved who they are (Unix seconds).",
    "nonce": "What the application sent along, so that no other answer can be slipped in.",
    "acr": "How strongly the person was authenticated.",
    "amr": "By which methods.",
    "sid": "The session, for signing out.",
    "azp": "The application that asked.",
    "at_hash": "Ties the access token to this token.",
    "jti": "The id of this token.",
    "scope": "What the token allows.",
    "client_id": "The application that got it.",
    "name": "The full name.",
    "given_name": "The given name.",
    "family_name": "The family name.",
    "nickname": "The nickname.",
    "preferred_username": "The username.",
    "email": "The primary e-mail address.",
    "email_verified": "Whether the person proved that it is theirs.",
    "locale": "The language.",
    "zoneinfo": "The time zone.",
    "updated_at": "When the profile was last changed.",
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that was made; `status` is None for those that the browser made."""

    says: str
    method: str
    url: str
    parameters: Mapping[str, str]
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    name: str
    value: str
    says: str


def masked(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters with a few characters of each secret."""
    return {
        name: f"{value[:_SHOWN]}…" if name.lower() in _SECRET else value
        for name, value in parameters.items()
    }


def explained(claims: Mapping[str, object]) -> list[Claim]:
    """Return each claim with its meaning; what is no text is shown as JSON."""
    return [Claim(name, _shown(value), CLAIMS.get(name, "")) for name, value in claims.items()]


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


@dataclass(frozen=True, slots=True)
class Visit:
    """A sign-in as the demo remembers it."""

    exchanges: tuple[Exchange, ...]
    id_token: str = ""
    header: Mapping[str, object] = field(default_factory=dict[str, object])
    claims: Mapping[str, object] = field(default_factory=dict[str, object])
    userinfo: Mapping[str, object] = field(default_factory=dict[str, object])
    scope: str = ""
    problem: str | None = None


class Visits:
    """The latest hundred, in memory: they are gone when the server stops."""

    def __init__(self) -> None:
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def add(self, visit: Visit) -> str:
        """Return the secret under which a visit is found again."""
        secret = new_secret()
        self._visits[secret] = visit
        while len(self._visits) > _MOST_VISITS:
            self._visits.popitem(last=False)
        return secret

    def find(self, secret: str | None) -> Visit | None:
        return self._visits.get(secret) if secret else None

    def remove(self, secret: str | None) -> Visit | None:
        return self._visits.pop(secret, None) if secret else None
