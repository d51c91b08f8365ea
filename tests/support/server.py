"""A real server process, as a newcomer starts it, and the people and clients of a test."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.support.browsing import Browser

READY_WITHIN = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """`limen dev` in a folder of its own; `url` is its issuer."""

    folder: Path
    database_url: str | None = None
    migrate_url: str | None = None
    port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LIMEN_")}
        kept |= {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **self.extra}
        if self.database_url:
            kept["LIMEN_DATABASE_URL"] = self.database_url
        if self.migrate_url:
            kept["LIMEN_DATABASE__MIGRATE_URL"] = self.migrate_url
        return kept

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def start(self) -> "Server":
        command = [
            sys.executable, "-m", "limen", "dev", "--port", str(self.port), "--no-browser",
        ]  # fmt: skip
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.wait()
        return self

    def wait(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended:\n{self.log[-4000:]}")
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"not ready within {READY_WITHIN} s:\n{self.log[-4000:]}")

    def kill(self) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)

    def cli(self, *arguments: str, stdin: str | None = None, tenant: str | None = None) -> Any:
        """Run a command with --json and return its decoded output."""
        done = self.run(*arguments, "--json", stdin=stdin, tenant=tenant)
        assert done.returncode == 0, f"limen {' '.join(arguments)}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def run(
        self, *arguments: str, stdin: str | None = None, tenant: str | None = None
    ) -> "subprocess.CompletedProcess[str]":
        scoped = ["--tenant", tenant] if tenant else []
        return subprocess.run(
            [sys.executable, "-m", "limen", *scoped, *arguments], cwd=self.folder,
            env=self.environment | {"LIMEN_ISSUER": self.url}, input=stdin, text=True,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip

    def mail(self) -> list[dict[str, Any]]:
        return httpx.get(f"{self.url}/dev/mail.json").json()

    def link_to(self, address: str, *, containing: str = "") -> str:
        """Return the first link of the newest mail to `address`, once it is there."""
        for _ in range(200):
            for message in self.mail():
                links = [link for link in message["links"] if containing in link]
                if message["to"] == address and links:
                    return links[0]
            time.sleep(0.05)
        raise AssertionError(f"no mail to {address}: {self.mail()}")


PASSWORD = "correct horse battery staple 42"


@dataclass
class Person:
    email: str
    password: str = PASSWORD


def somebody() -> Person:
    return Person(f"p{secrets.token_hex(6)}@example.org", f"{PASSWORD} {secrets.token_hex(3)}")


def sign_up(server: Server, person: Person, *, browser: Browser | None = None) -> Browser:
    """Sign up by the pages and confirm the address from the inbox, in the same browser."""
    browser = browser or Browser(server.url)
    browser.go("/signup")
    browser.submit(username=person.email, new_password=person.password)
    browser.go(server.link_to(person.email))
    return browser


def sign_in(browser: Browser, person: Person) -> Browser:
    """Fill the sign-in form of the page the browser is on."""
    return browser.submit(username=person.email, current_password=person.password)


def setup_link(server: Server) -> str:
    found = re.findall(r"http://\S+/setup\?\S+", server.log)
    assert found, server.log
    return found[-1]
