"""A relying party of its own: an HTTP server in a thread that takes and verifies logout tokens."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt

EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Rejected(Exception):  # noqa: N818 - says what happened
    """The logout token is not one that a careful application believes."""


@dataclass(eq=False)
class RelyingParty:
    """`answers` are statuses for the next posts, `hang` seconds before each of them."""

    url: str = ""
    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    answers: list[int] = field(default_factory=list)
    hang: float = 0
    page: str = "<!doctype html><title>out</title>"
    posts: list[dict[str, Any]] = field(default_factory=list)
    ended: list[dict[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def verify(self, token: str) -> dict[str, Any]:
        """Back-Channel Logout 1.0 §2.6, with the keys that discovery leads to."""
        keys = jwt.PyJWKClient(f"{self.issuer}/oauth2/jwks")
        if jwt.get_unverified_header(token).get("typ") != "logout+jwt":
            raise Rejected("typ")
        claims = jwt.decode(
            token, keys.get_signing_key_from_jwt(token).key, algorithms=["ES256"],
            audience=self.client_id, issuer=self.issuer,
            options={"require": ["iss", "aud", "iat", "exp", "jti", "events"]},
        )  # fmt: skip
        if claims["events"].get(EVENT) != {} or "nonce" in claims:
            raise Rejected("events or nonce")
        if not claims.get("sid") and not claims.get("sub"):
            raise Rejected("about nobody")
        if claims["jti"] in self.seen:
            raise Rejected("replayed")
        self.seen.add(claims["jti"])
        return claims

    def take(self, body: bytes) -> int:
        self.posts.append({"at": time.monotonic(), "body": body})
        time.sleep(self.hang)
        if self.answers and (status := self.answers.pop(0)) != 200:
            return status
        try:
            self.ended.append(self.verify(parse_qs(body.decode())["logout_token"][0]))
        except (Rejected, jwt.PyJWTError):
            return 400
        return 200

    def until_ended(self, sid: str, within: float = 15) -> None:
        deadline = time.monotonic() + within
        while all(claims["sid"] != sid for claims in self.ended):
            assert time.monotonic() < deadline, (self.posts, self.ended)
            time.sleep(0.01)

    def until_posted(self, count: int = 1, within: float = 15) -> None:
        deadline = time.monotonic() + within
        while len(self.posts) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@contextmanager
def relying_party() -> Iterator[RelyingParty]:
    party = RelyingParty()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = party.take(body)
            try:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.send_header("cache-control", "no-store")
                self.end_headers()
            except OSError:
                pass  # the server did not wait

        def do_GET(self) -> None:
            page = party.page.encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            party.posts.append({"path": self.path, "cookie": self.headers.get("cookie", "")})

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    party.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield party
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
