"""Redirect URIs: what may be registered, and what matches (R001-R004, A001-A007).

There is one kind of match: the same bytes.  Only the port may differ, and only where a
native app listens on a loopback address (RFC 8252 §7.3).  No pattern exists.
"""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from limen.oauth.api import ClientType

MAX_LENGTH = 2048
MAX_URIS = 50

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9][0-9]{0,4}))?([/?].*)?")
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
_OURS = frozenset({"code", "state", "error", "error_description", "error_uri", "iss", "id_token",
                   "access_token", "token_type", "response", "session_state"})  # fmt: skip


def refusal_of(uri: str, kind: ClientType) -> str | None:
    """Return why `uri` cannot be registered for a client of this type, None if it can."""
    if not uri or len(uri) > MAX_LENGTH:
        return "must have 1 to 2048 characters"
    if _CHARACTERS.fullmatch(uri) is None:
        return "must be an absolute URI in ASCII without a fragment"
    scheme, colon, _ = uri.partition(":")
    if not colon or _SCHEME.fullmatch(scheme) is None:
        return "must begin with a scheme in lower case"
    if scheme in ("https", "http"):
        return _refusal_of_web(uri, scheme) or _refusal_of_query(uri)
    if kind != "native":
        return "must be https, or http on a loopback address"
    return _refusal_of_custom(uri, scheme) or _refusal_of_query(uri)


def _refusal_of_web(uri: str, scheme: str) -> str | None:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "must have a valid host and port"
    if not uri.startswith(f"{scheme}://") or "@" in parts.netloc:
        return "must have a host, without user name and password"
    if parts.netloc != parts.netloc.lower() or port == 0:
        return "must have its host in lower case and a valid port"
    if scheme == "http" and host not in _LOOPBACK_HOSTS:
        return "must be https, or http on a loopback address"
    if ":" not in host and _HOST.fullmatch(host) is None:
        return "must have an exact host: no wildcards"
    if any(unquote(segment) in (".", "..") for segment in parts.path.split("/")):
        return "must not hold dot segments"
    return None


def _refusal_of_custom(uri: str, scheme: str) -> str | None:
    """A scheme of the app's own is a domain name in reverse (RFC 8252 §7.1, R059)."""
    if "." not in scheme or scheme.endswith(".") or ".." in scheme:
        return "must use a scheme that is your domain name in reverse, like com.example.app"
    if len(uri) == len(scheme) + 1:
        return "must have a path after the scheme"
    return None


def _refusal_of_query(uri: str) -> str | None:
    query = uri.partition("?")[2]
    names = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    if names & _OURS:
        return "must not hold parameters of the response: " + ", ".join(sorted(names & _OURS))
    return None


def refusal_of_origin(origin: str) -> str | None:
    """Return why `origin` cannot be registered for CORS, None if it can."""
    if refusal_of(origin, "web") is not None:
        return "must be an https origin, or http on a loopback address"
    parts = urlsplit(origin)
    if f"{parts.scheme}://{parts.netloc}" != origin:
        return "must be scheme, host and port only"
    return None


def matches(received: str, registered: Sequence[str], kind: ClientType) -> bool:
    """True if `received` is one of `registered` (R001)."""
    if received in registered:
        return True
    if kind != "native":
        return False
    bare = _without_port(received)
    return bare is not None and any(bare == _without_port(uri) for uri in registered)


def _without_port(uri: str) -> tuple[str, str] | None:
    """Return host and rest of a loopback URI, None for any other."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 1) > 65535:
        return None
    return found[1], found[3] or ""


def assures_identity(uri: str) -> bool:
    """False where any app of the device can receive what goes to `uri` (RFC 8252 §8.6, R013)."""
    return uri.startswith("https://")


def origin_of(uri: str) -> str:
    """Return the source that CSP's form-action names for `uri`: an origin, or `scheme:`."""
    if not uri.startswith(("https://", "http://")):
        return uri.partition(":")[0] + ":"
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
