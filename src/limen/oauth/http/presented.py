"""The access token of a request, and how another is asked for (RFC 6750, RFC 9449 §7)."""

from typing import Final, NamedTuple

from limen.oauth.bindings import BEARER, DPOP
from limen.oauth.dpop.errors import InvalidDpopProof, UseDpopNonce
from limen.oauth.dpop.model import SUPPORTED
from limen.oauth.errors import InsufficientScope, InvalidToken, OAuthRefusal
from limen.platform.http.messages import Request

_ALGS: Final = f'algs="{" ".join(SUPPORTED)}"'
_SCHEMES: Final = frozenset((BEARER, DPOP))


class NoToken(InvalidToken):
    """Nothing was sent: the challenge then names no error (RFC 6750 §3.1)."""

    code = "token_missing"


class Presented(NamedTuple):
    """`scheme` is in lower case."""

    scheme: str
    token: str


def presented(request: Request) -> Presented:
    """Return the token of the Authorization header; no other place is looked at (R036).

    Raises NoToken, and Malformed for a repeated header.
    """
    header = request.header(b"authorization")
    if header is None:
        raise NoToken
    scheme, _, token = header.partition(" ")
    scheme = scheme.lower()
    if scheme not in _SCHEMES or not token or " " in token:
        raise NoToken(f"scheme {scheme[:20]!r}")
    return Presented(scheme, token)


def challenge_of(request: Request, refusal: OAuthRefusal) -> str:
    """Return the WWW-Authenticate that tells what is wrong, in the scheme that was used.

    Whoever used none of DPoP learns of it too (RFC 9449 §7.2).
    """
    realm = f'realm="{request.tenant.issuer}"'
    if isinstance(refusal, NoToken):
        return f"Bearer {realm}, DPoP {_ALGS}"
    error = f'error="{refusal.code}", error_description="{refusal.shown}"'
    if isinstance(refusal, InsufficientScope):
        error += f', scope="{refusal.scope}"'
    if isinstance(refusal, InvalidDpopProof | UseDpopNonce) or _used_dpop(request):
        return f"DPoP {realm}, {error}, {_ALGS}"
    return f"Bearer {realm}, {error}, DPoP {_ALGS}"


def status_of(refusal: OAuthRefusal) -> int:
    """A proof that is not believed is answered as a token that is not (RFC 9449 §7.1)."""
    return 401 if isinstance(refusal, InvalidDpopProof | UseDpopNonce) else refusal.status


def _used_dpop(request: Request) -> bool:
    return (request.header(b"authorization") or "")[:5].lower() == "dpop "
