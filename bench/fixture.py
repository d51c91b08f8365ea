"""What the measured server holds: applications, a person, live sessions, token families."""

import base64
import hashlib
import html
import json
import re
import secrets
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from bench.processes import LIMEN, clean_environment

EMAIL = "bench@example.com"
REDIRECT = "http://127.0.0.1:1/callback"
SCOPE = "openid profile email"
FAMILIES = 400
DEVICES = 10_000
FIRST_API, SECOND_API = "https://first.example.com", "https://second.example.com"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@dataclass
class Store:
    """A new store with its settings; `environ` is what server and commands run with."""

    folder: Path
    environ: dict[str, str]
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    machine: dict[str, str] = field(default_factory=dict)
    web: dict[str, str] = field(default_factory=dict)
    device: dict[str, str] = field(default_factory=dict)
    service: dict[str, str] = field(default_factory=dict)

    def limen(self, *arguments: str, stdin: str = "") -> dict[str, str]:
        """Run a command with `--json` and return what it printed."""
        done = subprocess.run(
            [*LIMEN, *arguments, "--json"],
            input=stdin, capture_output=True, text=True, check=False, cwd=self.folder,
            env={**clean_environment(), **self.environ},
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"limen {' '.join(arguments)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}


def make_store(folder: Path, port: int, more: Mapping[str, str]) -> Store:
    """Make a store with a person and two applications, before the server starts."""
    environ = {
        "LIMEN_ISSUER": f"http://127.0.0.1:{port}",
        "LIMEN_TRUSTED_PROXIES": "127.0.0.1/32",
        "LIMEN_LOG__FORMAT": "json",
        "LIMEN_SESSIONS__SESSIONS_PER_USER": "100000",  # one person signs in again and again
        "LIMEN_OAUTH__DEVICE__INTERVAL": "1s",  # else all that is measured is slow_down
        **more,
    }
    store = Store(folder, environ)
    store.limen("init")
    store.limen("user", "create", "--email", EMAIL, "--verified", "--password-stdin",
                stdin=store.password + "\n")  # fmt: skip
    for name in (FIRST_API, SECOND_API):
        store.limen("api", "create", "--identifier", name, "--name", name, "--scope", "read")
    store.machine = store.limen(
        "app", "create", "--name", "Machine", "--type", "m2m", "--grant", "client_credentials"
    )
    store.web = store.limen(
        "app", "create", "--name", "Web", "--type", "web", "--redirect-uri", REDIRECT,
        "--grant", "authorization_code", "--grant", "refresh_token", "--skip-consent",
        "--audience", FIRST_API,
    )  # fmt: skip
    store.device = store.limen("app", "create", "--name", "Television", "--type", "device")
    store.service = _service(store)
    return store


def _service(store: Store) -> dict[str, str]:
    """Return an application behind one API that calls another."""
    return store.limen(
        "app", "create", "--name", "Service", "--type", "m2m", "--scope", "read",
        "--audience", FIRST_API, "--grant", "client_credentials", "--grant", EXCHANGE,
        "--option", f'token_exchange_audiences=["{SECOND_API}"]',
    )  # fmt: skip


def exchange(person: "Person") -> str:
    """Return the body that exchanges a person's token for the second API's."""
    token = person.tokens(FIRST_API)["access_token"]
    kind = "urn:ietf:params:oauth:token-type:access_token"
    return urlencode({"grant_type": EXCHANGE, "subject_token": token, "audience": SECOND_API,
                      "subject_token_type": kind})  # fmt: skip


def waiting_devices(url: str, store: Store) -> list[str]:
    """Return the device codes of as many devices as shall wait."""
    fields = {"client_id": store.device["client_id"], "scope": "openid"}
    with httpx.Client(base_url=url, timeout=30) as http, ThreadPoolExecutor(8) as pool:

        def ask(number: int) -> str:
            forwarded = {"x-forwarded-for": f"203.0.{number >> 8 & 255}.{number & 255}"}
            answer = http.post("/oauth2/device", data=fields, headers=forwarded)
            if answer.status_code != 200:
                raise RuntimeError(f"device answered {answer.status_code}: {answer.text[:500]}")
            return answer.json()["device_code"]

        return list(pool.map(ask, range(DEVICES)))


def basic(client: Mapping[str, str]) -> str:
    pair = f"{client['client_id']}:{client['client_secret']}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


class Person:
    """Somebody with a browser, by plain HTTP."""

    def __init__(self, url: str, store: Store) -> None:
        self.url, self.store = url, store
        self.http = httpx.Client(base_url=url, follow_redirects=False, timeout=30)
        self.verifier = secrets.token_urlsafe(48)

    def signin_form(self) -> str:
        """Return the body that signs in, with this browser's token."""
        page = self.http.get("/signin").text
        fields = {
            name: html.unescape(value)
            for name, value in re.findall(
                r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page
            )
        }
        return urlencode({**fields, "username": EMAIL, "password": self.store.password})

    def sign_in(self) -> None:
        answer = self.http.post(
            "/signin",
            content=self.signin_form(),
            headers={"content-type": "application/x-www-form-urlencoded", "origin": self.url},
        )
        if answer.status_code != 303:
            raise RuntimeError(f"sign-in answered {answer.status_code}: {answer.text[:500]}")

    @property
    def cookie(self) -> str:
        jar: SimpleCookie = SimpleCookie()
        for one in self.http.cookies.jar:
            jar[one.name] = one.value or ""
        return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())

    def authorize_path(self, resource: str = "") -> str:
        challenge = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.store.web["client_id"],
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": "bench",
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "resource": resource,
        }
        return "/oauth2/authorize?" + urlencode(query)

    def tokens(self, resource: str = "") -> dict[str, str]:
        """Go through one whole code flow and return its answer."""
        answer = self.http.get(self.authorize_path(resource))
        code = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code")
        if code is None:
            raise RuntimeError(f"authorize answered {answer.status_code}: {answer.text[:500]}")
        answer = self.http.post(
            "/oauth2/token",
            data={"grant_type": "authorization_code", "code": code[0], "redirect_uri": REDIRECT,
                  "code_verifier": self.verifier},
            headers={"authorization": basic(self.store.web)},
        )  # fmt: skip
        if answer.status_code != 200:
            raise RuntimeError(f"token answered {answer.status_code}: {answer.text[:500]}")
        return answer.json()
