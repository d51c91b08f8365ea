"""The headers of an answer: the route's fixed ones, the handler's own, and security."""

from collections.abc import Mapping

from limen.platform.http.messages import Headers, Request, Response
from limen.platform.http.registry import Entry

_HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_UNROUTED: Headers = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "require-trusted-types-for": "'script'",
}


def page_policy(nonce: str, changes: Mapping[str, str] | None) -> bytes:
    """Return the Content-Security-Policy of a page (R009, A115)."""
    policy = {**_POLICY, "script-src": f"'self' 'nonce-{nonce}'" if nonce else "'none'"}
    if changes:
        policy.update(changes)
    return "; ".join(f"{name} {value}" for name, value in policy.items()).encode()


def answer_headers(
    request: Request, entry: Entry | None, response: Response, *, secure: bool
) -> Headers:
    """Return what goes on the wire; the handler's own headers win over the route's."""
    fixed = entry.headers if entry is not None else _UNROUTED
    own = response.headers
    if own:
        names = {name for name, _ in own}
        headers = [pair for pair in fixed if pair[0] not in names]
        headers += own
    else:
        headers = list(fixed)
    headers += request.effects
    headers.append((b"x-request-id", request.cause.request_id.encode()))
    for cookie in response.cookies:
        headers.append((b"set-cookie", cookie.encode()))
    if response.content_type is not None:
        headers.append((b"content-type", response.content_type))
        if response.content_type.startswith(b"text/html"):
            headers.append((b"content-security-policy", page_policy(request.nonce, response.csp)))
    if response.status not in (204, 304) and response.stream is None:
        headers.append((b"content-length", b"%d" % len(response.body)))
    if secure:
        headers.append(_HSTS)
    return headers
