"""Measure Limen against a bare application, in the same run (docs: performance).

    python -m bench [--rounds 3] [--seconds 2] [--only NAME] [--postgresql] [--grown 1000000]

The server is pinned to one core and the client to another; the unit is requests per CPU-second
of the server's process tree, so that a busy machine changes little.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from bench import fixture, growth, load, report
from bench.assertions import Machine
from bench.load import Run
from bench.processes import LIMEN, Server, free_port, start
from bench.pushed import Holder

ON_POSTGRESQL = {
    "userinfo": (3200.0, 0.27),
    "introspection": (2900.0, 0.25),
    "refresh rotation": (1100.0, 0.094),
}
"""What is aimed at there: requests per CPU-second of our process, and the ratio."""
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Row:
    """One operation: how it is measured, and what it should reach."""

    name: str
    goal: float | None
    ratio_goal: float | None
    measure: Callable[[float], Run]


class Bench:
    def __init__(self, server: Server, store: fixture.Store, folder: Path) -> None:
        self.server, self.store, self.folder = server, store, folder
        self.person = fixture.Person(server.url, store)
        self.machine: Machine | None = None

    def prepare(self) -> None:
        """Sign in once and take a first set of tokens."""
        self.person.sign_in()
        self.access_token = self.person.tokens()["access_token"]

    def rows(self) -> list[Row]:
        return [
            Row("JWKS", 9400, 0.80, self.jwks),
            Row("discovery", 9400, 0.80, self.discovery),
            Row("userinfo", 6500, 0.55, self.userinfo),
            Row("introspection", 5300, 0.45, self.introspection),
            Row("client credentials, ES256", 2400, 0.20, self.client_credentials),
            Row("client credentials, private_key_jwt", None, None, self.assertions),
            Row("refresh rotation", 1700, 0.15, self.refresh),
            Row("code + PKCE flow, live session", 900, 0.08, self.code_flow),
            Row("PAR + code with DPoP", None, None, self.pushed),
            Row("token exchange", None, None, self.exchange),
            Row("device polling, 10,000 waiting", None, None, self.device_polling),
            Row("password sign-in, Argon2id", None, None, self.sign_in),
        ]

    def _same(self, path: str, seconds: float, **values: str) -> Run:
        script = "same.lua"
        given = {"method": "GET", **values}
        return load.run(self.server, path, script=script, values=given, seconds=seconds)

    def jwks(self, seconds: float) -> Run:
        return load.run(self.server, "/oauth2/jwks", seconds=seconds)

    def discovery(self, seconds: float) -> Run:
        return load.run(self.server, "/.well-known/openid-configuration", seconds=seconds)

    def userinfo(self, seconds: float) -> Run:
        return self._same("/oauth2/userinfo", seconds, authorization=f"Bearer {self.access_token}")

    def introspection(self, seconds: float) -> Run:
        token = fixture.urlencode({"token": self.access_token})
        return self._same("/oauth2/introspect", seconds, method="POST", type=FORM, body=token,
                          authorization=fixture.basic(self.store.web))  # fmt: skip

    def client_credentials(self, seconds: float) -> Run:
        return self._same("/oauth2/token", seconds, method="POST", type=FORM,
                          body="grant_type=client_credentials", forwarded="yes",
                          authorization=fixture.basic(self.store.machine))  # fmt: skip

    def assertions(self, seconds: float) -> Run:
        if self.machine is None:
            self.machine = Machine(self.store, self.folder)
        file = self.folder / "assertions.txt"
        file.write_text("\n".join(self.machine.bodies(seconds)) + "\n")
        return load.run(self.server, "/oauth2/token", script="assertion.lua",
                        values={"bodies": str(file)}, seconds=seconds)  # fmt: skip

    def refresh(self, seconds: float) -> Run:
        file = self.folder / "tokens.txt"
        tokens = [self.person.tokens()["refresh_token"] for _ in range(fixture.FAMILIES)]
        file.write_text("\n".join(tokens) + "\n")
        values = {"tokens": str(file), "authorization": fixture.basic(self.store.web)}
        return load.run(self.server, "/oauth2/token", script="refresh.lua", values=values,
                        seconds=seconds)  # fmt: skip

    def code_flow(self, seconds: float) -> Run:
        values = {
            "authorize": self.person.authorize_path(),
            "redirect": fixture.REDIRECT,
            "cookie": self.person.cookie,
            "verifier": self.person.verifier,
            "client": self.store.web["client_id"],
            "authorization": fixture.basic(self.store.web),
        }
        return load.run(self.server, "/oauth2/token", script="code.lua", values=values,
                        seconds=seconds)  # fmt: skip

    def pushed(self, seconds: float) -> Run:
        holder, file = Holder(), self.folder / "proofs.txt"
        file.write_text("\n".join(holder.proofs(f"{self.server.url}/oauth2/token", seconds)) + "\n")
        query = urlsplit(self.person.authorize_path()).query
        values = {
            "proofs": str(file),
            "pushed": f"{query}&dpop_jkt={holder.thumbprint}",
            "redirect": fixture.REDIRECT,
            "cookie": self.person.cookie,
            "verifier": self.person.verifier,
            "client": self.store.web["client_id"],
            "authorization": fixture.basic(self.store.web),
        }
        return load.run(self.server, "/oauth2/token", script="pushed.lua", values=values,
                        seconds=seconds)  # fmt: skip

    def exchange(self, seconds: float) -> Run:
        body = fixture.exchange(self.person)
        who = fixture.basic(self.store.service)
        return self._same("/oauth2/token", seconds, method="POST", type=FORM, body=body,
                          forwarded="yes", authorization=who)  # fmt: skip

    def device_polling(self, seconds: float) -> Run:
        file = self.folder / "devices.txt"
        if not file.exists():
            codes = fixture.waiting_devices(self.server.url, self.store)
            file.write_text("\n".join(codes) + "\n")
        values = {"codes": str(file), "client": self.store.device["client_id"]}
        return load.run(self.server, "/oauth2/token", script="device.lua", values=values,
                        seconds=seconds)  # fmt: skip

    def sign_in(self, seconds: float) -> Run:
        someone = fixture.Person(self.server.url, self.store)
        body = someone.signin_form()
        values = {"body": body, "cookie": someone.cookie, "origin": self.server.url}
        return load.run(self.server, "/signin", script="signin.lua", values=values,
                        seconds=max(seconds, 4), connections=2)  # fmt: skip


@contextmanager
def running(folder: Path, more: Mapping[str, str]) -> Iterator[tuple[Server, Server, Bench]]:
    """Start the baseline and Limen, each on the first core."""
    port, other = free_port(), free_port()
    store = fixture.make_store(folder, port, more)
    hello = start(
        "hello",
        [sys.executable, "-m", "uvicorn", "bench.hello:app", "--port", str(other),
         "--loop", "uvloop", "--http", "httptools", "--no-access-log",
         "--app-dir", str(Path(__file__).parent.parent)],
        port=other, path="/", environ={}, folder=folder,
    )  # fmt: skip
    limen = start(
        "limen", [*LIMEN, "serve", "--port", str(port), "--with-worker"],
        port=port, path="/oauth2/jwks", environ=store.environ, folder=folder,
    )  # fmt: skip
    try:
        yield hello, limen, Bench(limen, store, folder)
    finally:
        hello.stop()
        limen.stop()


def measure(
    hello: Server, rows: Sequence[Row], rounds: int, seconds: float
) -> Iterator[report.Line]:
    """Measure in rounds, the baseline beside each; yield the medians by row."""
    runs: dict[str, list[Run]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    bare: list[float] = []
    for number in range(rounds):
        base = load.run(hello, "/", seconds=seconds).rate
        bare.append(base)
        for row in rows:
            one = row.measure(seconds)
            runs[row.name].append(one)
            ratios[row.name].append(one.rate / base)
            print(f"round {number + 1}: {row.name:<34}{one.rate:>10,.0f}", file=sys.stderr)
    yield report.Line("hello, bare uvicorn", report.median(bare), 1.0, 0.0, None, None)
    for row in rows:
        mine = runs[row.name]
        rate = report.median([run.rate for run in mine])
        p99 = report.median([run.p99 for run in mine])
        yield report.Line(
            row.name, rate, report.median(ratios[row.name]), p99, row.goal, row.ratio_goal
        )


def hash_rate() -> float:
    """Return the bare Argon2id verifications per CPU-second, with our parameters."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    known = hasher.hash("bench")
    before, count = time.process_time(), 0
    while time.process_time() - before < 1:
        hasher.verify(known, "bench")
        count += 1
    return count / (time.process_time() - before)


@contextmanager
def settings(kind: str) -> Iterator[Mapping[str, str]]:
    """Give the settings of the store, which lives as long as the run."""
    if kind == "sqlite":
        yield {}
        return
    from bench.postgres import database

    with database() as found:
        yield found


def measure_all(
    folder: Path, wanted: argparse.Namespace, more: Mapping[str, str]
) -> tuple[list[report.Line], dict[str, float]]:
    """Measure every row, and what a start costs."""
    facts: dict[str, float] = {}
    with running(folder, more) as (hello, limen, bench):
        facts["cold start to first answer, ms"] = limen.started * 1000
        facts["resident when idle, MB"] = limen.resident()
        bench.prepare()
        if wanted.grown:
            growth.grow(folder / ".limen" / "limen.db", wanted.grown)
        rows = [row for row in bench.rows() if (wanted.only or "") in row.name]
        if wanted.postgresql:
            goals = [ON_POSTGRESQL.get(row.name, (None, None)) for row in rows]
            pairs = zip(rows, goals, strict=True)
            rows = [replace(row, goal=goal, ratio_goal=ratio) for row, (goal, ratio) in pairs]
        lines = list(measure(hello, rows, wanted.rounds, wanted.seconds))
        facts["resident after load, MB"] = limen.resident()
    facts["bare Argon2id hashes per CPU-s"] = hash_rate()
    return lines, facts


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", help="Measure rows whose name contains this.")
    parser.add_argument("--postgresql", action="store_true", help="Instead of SQLite.")
    parser.add_argument("--grown", type=int, default=0, help="Beside so many people (SQLite).")
    wanted = parser.parse_args()
    try:
        load.require_tools()
    except load.BenchError as error:
        print(error, file=sys.stderr)
        return 1
    kind = "postgresql" if wanted.postgresql else "sqlite"
    with tempfile.TemporaryDirectory(prefix="limen-bench-") as name, settings(kind) as more:
        lines, facts = measure_all(Path(name), wanted, more)
    report.print_table(lines, facts)
    before = report.latest(kind)
    if not wanted.only and not wanted.grown:
        print(f"\n{report.machine()}\nwritten to {report.save(kind, lines, facts)}")
    report.compare(lines, before)
    return 0


if __name__ == "__main__":
    sys.exit(main())
