"""Servers as processes of their own: pinned, watched, ended."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIMEN = (sys.executable, "-m", "limen")
_TICKS = os.sysconf("SC_CLK_TCK")


def clean_environment() -> dict[str, str]:
    """Return our environment without settings, and without what keeps code uncompiled."""
    ours = ("LIMEN_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(core: int, command: Sequence[str]) -> list[str]:
    """Return the command bound to one core, where the system can do that."""
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(core), *command] if taskset else list(command)


@dataclass
class Server:
    """A running server; `started` is the seconds until it answered first."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    started: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Return the CPU seconds (user and system) of its process tree so far."""
        return sum(_cpu_of(pid) for pid in _tree(self.process.pid))

    def resident(self) -> int:
        """Return the resident memory of its process tree in MB."""
        return sum(_resident_of(pid) for pid in _tree(self.process.pid)) // 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(
    name: str,
    command: Sequence[str],
    *,
    port: int,
    path: str,
    environ: Mapping[str, str],
    folder: Path,
    core: int = 0,
) -> Server:
    """Start a server and wait until `path` answers 200.  Raises RuntimeError with its log."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(ROOT / "src")], check=True)
    log = (folder / f"{name}.log").open("ab")
    began = time.perf_counter()
    process = subprocess.Popen(
        pinned(core, command), stdout=log, stderr=log, cwd=folder,
        env={**clean_environment(), **environ},
    )  # fmt: skip
    server = Server(name, process, port, 0.0)
    while time.perf_counter() - began < 30:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(server.url + path, timeout=5) as answer:
                answer.read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.005)
        else:
            server.started = time.perf_counter() - began
            return server
    process.kill()
    text = (folder / f"{name}.log").read_text(errors="replace")
    raise RuntimeError(f"{name} did not start:\n{text[-4000:]}")


def _tree(pid: int) -> list[int]:
    """Return the process and its descendants, threads being part of each."""
    found = [pid]
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []
    for task in tasks:
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            found += _tree(int(child))
    return found


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident_of(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
