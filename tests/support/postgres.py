"""One throw-away PostgreSQL cluster a test run, started by whoever first needs it."""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OWNER, APP = "limen_owner", "limen_app"
_FOLDER = "LIMEN_TEST_RUN"  # where the workers of one run find what they share
_SERVER = (
    "-c listen_addresses= -c unix_socket_permissions=0700 -c fsync=off -c synchronous_commit=off "
    "-c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_connections=200 "
    "-c shared_buffers=64MB -c deadlock_timeout=50ms -c autovacuum=off -c checkpoint_timeout=1h -c max_wal_size=4GB "
    "-c log_min_messages=fatal"
)


def run_folder() -> Path:
    """Return the folder that the workers of this run share; the first caller makes it."""
    if _FOLDER not in os.environ:
        _clear_away_the_killed()
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix=f"limen-tests-{os.getpid()}-")
        Path(os.environ[_FOLDER]).chmod(0o755)  # the server's own user passes through it
    return Path(os.environ[_FOLDER])


def scratch() -> Path:
    """Return the run's folder in memory, where there is one: a test's fsync then costs nothing."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        return run_folder()
    folder = memory / run_folder().name
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _clear_away_the_killed() -> None:
    """Stop and remove what runs left that were killed: their process is gone."""
    for folder in Path(tempfile.gettempdir()).glob("limen-tests-*-*"):
        if not Path(f"/proc/{folder.name.split('-')[2]}").exists() and Path("/proc/self").exists():
            _remove(folder)


@contextlib.contextmanager
def once(name: str) -> Iterator[Path | None]:
    """Give one worker of the run a path to make; the others wait, and get None.

    Where it could not be made, all who come later hear the same reason.
    """
    path = run_folder() / name
    done, failed = path.with_name(f"{name}.done"), path.with_name(f"{name}.failed")
    with path.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failed.exists():
            raise RuntimeError(failed.read_text())
        if done.exists():
            yield None
            return
        try:
            yield path
        except BaseException as error:
            failed.write_text(f"{name}: {error}")
            raise
        done.touch()


class Cluster:
    """A running server, reached over a socket in the run's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str, role: str = APP) -> str:
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def admin(self, database: str = "postgres") -> str:
        return self.url(database, _account()[0])

    def stop(self) -> None:
        _call("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")


def cluster() -> Cluster:
    """Return the run's cluster, running.  Raises RuntimeError where PostgreSQL is missing."""
    with once("postgresql") as folder:
        if folder is not None:
            _start(folder)
    return Cluster(run_folder() / "postgresql")


def stop_all() -> None:
    """Stop what the run started and remove what it left."""
    if _FOLDER not in os.environ:
        return
    _remove(Path(os.environ.pop(_FOLDER)))


def _remove(folder: Path) -> None:
    if (folder / "postgresql" / "data" / "postmaster.pid").exists():
        with contextlib.suppress(RuntimeError):  # its pid file may outlive it
            Cluster(folder / "postgresql").stop()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(Path("/dev/shm") / folder.name, ignore_errors=True)


def _start(folder: Path) -> None:
    _find("initdb")
    folder.mkdir(mode=0o700)
    account, *_ = _account()
    if os.getuid() == 0:
        shutil.chown(folder, account)
    data = str(folder / "data")
    _call("initdb", "-D", data, "-U", account, "-A", "trust", "-E", "UTF8", "--no-locale",
          "--no-sync", "--no-instructions")  # fmt: skip
    options = f"{_SERVER} -c unix_socket_directories={folder}"
    _call("pg_ctl", "-D", data, "-w", "-t", "30", "-l", f"{folder}/log", "-o", options, "start")


def _call(program: str, *arguments: str) -> None:
    _, user, group = _account()
    as_user: dict[str, Any] = (
        {"user": user, "group": group, "extra_groups": []} if os.getuid() == 0 else {}
    )
    done = subprocess.run(
        [_find(program), *arguments], cwd="/", capture_output=True, check=False, text=True,
        stdin=subprocess.DEVNULL, env={"PATH": os.defpath, "LC_ALL": "C"}, **as_user,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed: {done.stderr.strip()[-500:]}")


def _account() -> tuple[str, int, int]:
    """Name, uid and gid that the server runs under: never root's, whom initdb refuses."""
    if os.getuid() != 0:
        found = pwd.getpwuid(os.getuid())
    else:
        try:
            found = pwd.getpwnam("postgres")
        except KeyError:
            found = pwd.getpwnam("nobody")
    return found.pw_name, found.pw_uid, found.pw_gid


def _find(program: str) -> str:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / program).exists():
            return str(folder / program)
    found = shutil.which(program)
    if found is None:
        raise RuntimeError(f"PostgreSQL is missing ({program}): install the package postgresql")
    return found
