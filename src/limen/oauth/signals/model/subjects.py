"""Subject identifiers (RFC 9493): read from a receiver, and written about a person."""

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from limen.oauth.signals.errors import WrongStream

_LONGEST: Final = 4096
_encode = msgspec.json.Encoder(order="deterministic").encode


class Named(msgspec.Struct, frozen=True):
    """Whom a subject names: by `sub` of an issuer, by address, or by what we cannot look up."""

    iss: str | None = None
    sub: str | None = None
    email: str | None = None


def canonical(subject: Mapping[str, Any]) -> bytes:
    """Return bytes that are the same for the same subject.  Raises WrongStream."""
    raw = _encode(subject)
    if len(raw) > _LONGEST:
        raise WrongStream("The subject is too large.")
    return raw


def named_by(subject: Mapping[str, Any]) -> Named:
    """Return whom a subject identifier names.  Raises WrongStream for one that is malformed.

    A complex subject names its `user` (SSF §3.3).  A format that we do not know names nobody.
    """
    match subject.get("format"):
        case "iss_sub":
            return Named(iss=_text(subject, "iss"), sub=_text(subject, "sub"))
        case "email":
            return Named(email=_text(subject, "email"))
        case "opaque":
            return Named(sub=_text(subject, "id"))
        case "complex":
            user: Any = subject.get("user")
            if not isinstance(user, dict):
                return Named()
            inner = cast("dict[str, Any]", user)
            return Named() if inner.get("format") == "complex" else named_by(inner)
        case str():
            return Named()
        case _:
            raise WrongStream("The subject has no format (RFC 9493).")


def _text(subject: Mapping[str, Any], name: str) -> str:
    found: Any = subject.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= 1000:
        raise WrongStream(f"The subject has no {name}.")
    return found


def iss_sub(issuer: str, sub: str) -> dict[str, Any]:
    return {"format": "iss_sub", "iss": issuer, "sub": sub}


def session_of(user: Mapping[str, Any], sid: str) -> dict[str, Any]:
    return {"format": "complex", "user": user, "session": {"format": "opaque", "id": sid}}


def opaque(identifier: str) -> dict[str, Any]:
    return {"format": "opaque", "id": identifier}


def email(address: str) -> dict[str, Any]:
    return {"format": "email", "email": address}
