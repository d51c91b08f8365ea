"""One run of wrk against a server, with the server's CPU time around it."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Server, pinned

LUA = Path(__file__).parent / "lua"
CONNECTIONS = 16
_COUNT = re.compile(r"(\d+) requests in")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)\b")
_DONE = re.compile(r"LIMEN done=(\d+) bad=(\d+)(?: first=(.*))?")
_UNIT = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class BenchError(Exception):
    """A run that measured something else than it says."""


@dataclass(frozen=True)
class Run:
    """`done` operations in `cpu` seconds of the server; `p99` in milliseconds."""

    done: int
    cpu: float
    p99: float

    @property
    def rate(self) -> float:
        """Operations per CPU-second."""
        return self.done / self.cpu if self.cpu else 0.0


def require_tools() -> None:
    """Raises BenchError naming what is missing and how to get it."""
    if shutil.which("wrk") is None:
        raise BenchError("make bench needs wrk (apt-get install wrk).")


def run(
    server: Server,
    path: str,
    *,
    script: str | None = None,
    values: dict[str, str] | None = None,
    seconds: float = 2,
    connections: int = CONNECTIONS,
) -> Run:
    """Load one path for some seconds from the other core.  Raises BenchError for bad answers."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{round(seconds)}s", "--latency"]
    if script is not None:
        command += ["-s", str(LUA / script)]
    environ = {**os.environ, **{f"BENCH_{k.upper()}": v for k, v in (values or {}).items()}}
    before = server.cpu()
    text = subprocess.run(
        pinned(1, [*command, server.url + path]),
        capture_output=True, text=True, check=True, env=environ, cwd=LUA,
    ).stdout  # fmt: skip
    cpu = server.cpu() - before
    return _read(text, cpu, path)


def _read(text: str, cpu: float, path: str) -> Run:
    count, bad = _COUNT.search(text), _BAD.search(text)
    if count is None:
        raise BenchError(f"{path}: wrk said:\n{text}")
    done = int(count[1])
    own = _DONE.search(text)
    wrong = int(bad[1]) if bad else 0
    first = ""
    if own is not None:
        done, wrong, first = int(own[1]), int(own[2]), own[3] or ""
    if wrong > done * 0.001 + 1:
        raise BenchError(f"{path}: {wrong} of {done + wrong} answers were wrong: {first[:300]}")
    p99 = _P99.search(text)
    return Run(done, cpu, float(p99[1]) * _UNIT[p99[2]] if p99 else 0.0)
