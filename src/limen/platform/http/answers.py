"""Refusals, in the form of the route: problem+json, OAuth JSON, or a page."""

from collections.abc import Mapping
from functools import partial
from typing import Protocol

import msgspec

from limen.kernel.errors import Invalid, Refusal, TooMany, Unauthenticated, Unavailable
from limen.platform.http.messages import Request, Response
from limen.platform.i18n.texts import product_texts, wishes_of


class ErrorPages(Protocol):
    """Renders a refusal for a person."""

    def error(self, request: Request, refusal: Refusal) -> Response: ...


class MisdirectedHost(Refusal):
    code = "misdirected"
    status = 421
    hint = "This server does not answer for this host."


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    status = 405
    hint = "This address does not take this method."

    def __init__(self, allow: str) -> None:
        super().__init__(f"allowed: {allow}")
        self.allow = allow


class InternalError(Refusal):
    """What a caller hears of a fault of ours; the log has the rest."""

    code = "internal_error"
    status = 500
    hint = "Something broke on our side."


def headers_of(refusal: Refusal, issuer: str) -> list[tuple[bytes, bytes]]:
    """Return the headers that the refusal's status asks for."""
    if isinstance(refusal, TooMany | Unavailable):
        return [(b"retry-after", b"%d" % max(1, refusal.retry_after))]
    if isinstance(refusal, MethodNotAllowed):
        return [(b"allow", refusal.allow.encode())]
    if isinstance(refusal, Unauthenticated):
        challenge = refusal.challenge or f'Bearer realm="{issuer}"'
        return [(b"www-authenticate", challenge.encode())]
    return []


def problem(request: Request, refusal: Refusal) -> Response:
    """Answer application/problem+json (RFC 9457 §3), in the caller's language."""
    texts = product_texts()
    locale = texts.choose(wishes_of(_languages_of(request)))
    say = partial(texts.say, locale)
    content: dict[str, object] = {
        "type": f"{request.tenant.issuer}/api/docs/errors/{refusal.code}",
        "title": say(refusal.hint),
        "status": refusal.status,
        "detail": say(refusal.shown),
        "instance": request.path,
        "code": refusal.code,
        "request_id": request.cause.request_id,
        "ref": request.cause.ref,
    }
    if isinstance(refusal, Invalid):
        content["errors"] = [
            {"field": e.field, "code": e.code, "message": say(e.message)} for e in refusal.errors
        ]
    headers = [_pointing(request, pair) for pair in headers_of(refusal, request.tenant.issuer)]
    headers.append((b"content-language", locale.encode()))
    return Response(
        refusal.status, msgspec.json.encode(content), b"application/problem+json", headers
    )


def _pointing(request: Request, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Let a challenge for a first token say where the API's metadata is (RFC 9728 §5.1)."""
    name, value = header
    issuer = request.tenant.issuer
    realm = f'Bearer realm="{issuer}"'.encode()
    if not value.startswith(realm):
        return header
    where = f"{issuer}/.well-known/oauth-protected-resource/api/v1"  # before another scheme's
    return name, realm + b', resource_metadata="%s"' % where.encode() + value[len(realm) :]


def _languages_of(request: Request) -> str:
    try:
        return request.header(b"accept-language") or ""
    except Refusal:  # repeated: this may be what is refused
        return ""


_OAUTH_CODES: Mapping[int, str] = {
    401: "invalid_client", 403: "access_denied", 429: "temporarily_unavailable",
    500: "server_error", 503: "temporarily_unavailable",
}  # fmt: skip


def oauth_error(request: Request, refusal: Refusal) -> Response:
    """Answer in the form of RFC 6749 §5.2 what a protocol handler left to us."""
    error = _OAUTH_CODES.get(refusal.status, "invalid_request")
    body = msgspec.json.encode({"error": error, "error_description": refusal.shown})
    headers = headers_of(refusal, request.tenant.issuer)
    return Response(refusal.status, body, b"application/json", headers)
