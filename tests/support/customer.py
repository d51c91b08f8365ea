"""A person at an application of a running server: codes, tokens, and many requests at once."""

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from tests.support.browsing import Browser
from tests.support.server import Person, Server, sign_in, somebody

CALLBACK = "http://127.0.0.1:9/race"
QUICK_HASHES = {
    "LIMEN_AUTHENTICATION__PASSWORD__ARGON2_MEMORY": "7168",
    "LIMEN_AUTHENTICATION__PASSWORD__ARGON2_TIME": "1",
    "LIMEN_AUTHENTICATION__PASSWORD__HASH_QUEUE": "256",
}
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=200)


@dataclass
class Customer:
    """An administrator who is signed in at a trusted application."""

    server: Server
    app: Mapping[str, Any]
    person: Person
    browser: Browser

    @classmethod
    def at(cls, server: Server) -> "Customer":
        person = somebody()
        server.cli(
            "user", "create", "--email", person.email, "--verified", "--admin",
            "--password-stdin", stdin=person.password,
        )  # fmt: skip
        app = server.cli(
            "app", "create", "--name", "Race", "--type", "web", "--skip-consent",
            "--redirect-uri", CALLBACK, "--auth-method", "client_secret_post",
            "--scope", "openid", "--scope", "offline_access",
        )  # fmt: skip
        browser = Browser(server.url).go("/signin")
        return cls(server, app, person, sign_in(browser, person))

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_id": self.app["client_id"], "client_secret": self.app["client_secret"]}

    def code(self) -> dict[str, str]:
        """Return the form that redeems a new code."""
        verifier = secrets.token_urlsafe(48)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = urlencode({
            "response_type": "code", "client_id": self.app["client_id"], "redirect_uri": CALLBACK,
            "scope": "openid offline_access", "state": "s", "code_challenge": challenge,
            "code_challenge_method": "S256",
        })  # fmt: skip
        self.browser.go(f"/oauth2/authorize?{query}")
        assert self.browser.left_for is not None, self.browser.page
        (code,) = parse_qs(urlsplit(self.browser.left_for).query)["code"]
        return {
            "grant_type": "authorization_code", "code": code, "code_verifier": verifier,
            "redirect_uri": CALLBACK, **self.credentials,
        }  # fmt: skip

    def refresh(self, token: str) -> dict[str, str]:
        return {"grant_type": "refresh_token", "refresh_token": token, **self.credentials}

    def token(self, form: Mapping[str, str]) -> httpx.Response:
        return httpx.post(f"{self.server.url}/oauth2/token", data=form, timeout=30)

    def tokens(self) -> dict[str, Any]:
        answer = self.token(self.code())
        assert answer.status_code == 200, answer.text
        return answer.json()

    def management_token(self) -> str:
        made = self.server.cli("token", "create", "--for", self.person.email)
        return made["access_token"]


def at_once(url: str, forms: list[Mapping[str, str]], **options: Any) -> list[httpx.Response]:
    """Post every form at the same time, each on a connection of its own."""

    async def post() -> list[httpx.Response]:
        async with httpx.AsyncClient(limits=LIMITS, timeout=60, **options) as client:
            return await asyncio.gather(*(client.post(url, data=form) for form in forms))

    return asyncio.run(post())
