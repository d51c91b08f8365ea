"""Making a copy of the store, and putting one back."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, Protocol

import sqlalchemy as sa

from limen.kernel.clock import Clock
from limen.kernel.errors import Refusal
from limen.platform.backup.manifest import (
    FORMAT,
    BackupError,
    Manifest,
    State,
    hash_of,
    read_manifest,
    write_manifest,
)
from limen.platform.db import OpenDatabase, open_database

Describe = Callable[[OpenDatabase], Awaitable[State]]
_SIDE_FILES = ("-wal", "-shm", "-journal")


class _Copies(Protocol):
    """What SQLite's store can do besides."""

    async def backup(self, path: Path) -> None: ...


async def backup_sqlite(
    database: OpenDatabase, folder: Path, *, describe: Describe, clock: Clock, version: str
) -> Manifest:
    """Copy one state of the store into the new `folder`; everybody goes on meanwhile.

    Raises BackupError, having left nothing behind.
    """
    copies: _Copies = database  # pyright: ignore[reportAssignmentType] # SQLite's has it; its URL was asked before
    path = _new_folder(folder) / "limen.db"
    try:
        await copies.backup(path)
        copy = await open_database(f"sqlite:///{path.absolute()}", clock)
        try:
            state = await describe(copy)
        finally:
            await copy.aclose()
    except (OSError, Refusal) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise BackupError(f"The store cannot be copied: {error}") from error
    return await asyncio.to_thread(_seal, folder, path, "sqlite", state, clock, version)


async def backup_postgresql(
    database: OpenDatabase,
    url: str,
    folder: Path,
    *,
    describe: Describe,
    clock: Clock,
    version: str,
) -> Manifest:
    """Copy the database with `pg_dump`, as the role of `url`.

    That role must read past row-level security (a superuser, or BYPASSRLS): the roles of
    Limen see one tenant at a time, and `pg_dump` refuses them.  Raises BackupError.
    """
    program = find_program("pg_dump")
    path = _new_folder(folder) / "limen.pgdump"
    try:
        state = await describe(database)
        await run_program(program, url, "--format=custom", f"--file={path}")
    except (BackupError, Refusal) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise BackupError(f"The database cannot be copied: {error}") from error
    return await asyncio.to_thread(_seal, folder, path, "postgresql", state, clock, version)


def _new_folder(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise BackupError(f"{folder} cannot be made: {error}") from error
    return folder


def _seal(
    folder: Path,
    path: Path,
    dialect: Literal["sqlite", "postgresql"],
    state: State,
    clock: Clock,
    version: str,
) -> Manifest:
    _sync(path)
    manifest = Manifest(
        format=FORMAT,
        version=version,
        made_at=clock.now().isoformat(),
        dialect=dialect,
        file=path.name,
        size=path.stat().st_size,
        sha256=hash_of(path),
        state=state,
    )
    write_manifest(folder, manifest)
    _sync(folder / "manifest.json")
    _sync(folder)
    return manifest


def draft_sqlite(folder: Path, target: Path, *, force: bool = False) -> tuple[Manifest, Path]:
    """Copy a backup to a file beside the store's, where it is made fit to be served.

    It becomes the store by `place_sqlite`, not before `effects` and the log's new epoch: see
    `limen restore`.  What an attempt that was cut off left there is replaced.
    Raises BackupError, having changed nothing: where there is a store and no `force`, too.
    """
    manifest = read_manifest(folder)
    if manifest.dialect != "sqlite":
        raise BackupError("This is a backup of PostgreSQL; the configured store is SQLite.")
    if target.exists() and target.stat().st_size and not force:
        raise BackupError(f"{target} is a store already. Give --force to put it aside.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restoring")
    for suffix in ("", *_SIDE_FILES):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(folder / manifest.file, draft)
    draft.chmod(0o600)
    if hash_of(draft) != manifest.sha256:
        draft.unlink()
        raise BackupError("The copy changed while it was read.")
    return manifest, draft


def place_sqlite(draft: Path, target: Path) -> None:
    """Put the finished draft in the place of the store's file, which nobody may have open.

    One rename does it: whenever the machine stops, the store is the old one or the new one,
    whole.  The old one is kept beside, as `<name>.before-restore`.
    """
    _fold(draft)
    _sync(draft)
    aside = target.with_name(f"{target.name}.before-restore")
    for suffix in ("", *_SIDE_FILES):
        aside.with_name(aside.name + suffix).unlink(missing_ok=True)
    if target.exists():
        with contextlib.suppress(sqlite3.DatabaseError):
            _fold(target)
        for suffix in _SIDE_FILES:  # of a store too damaged to be folded
            old = target.with_name(target.name + suffix)
            if old.exists():
                old.replace(aside.with_name(aside.name + suffix))
        aside.hardlink_to(target)
    draft.replace(target)
    _sync(target.parent)


def _fold(path: Path) -> None:
    """Bring what stands beside a store's file into it, so that it is whole by itself."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


async def restore_postgresql(folder: Path, url: str, *, force: bool = False) -> Manifest:
    """Put a copy into the database of `url`, as its owner or a superuser.

    With `force` what is there is dropped first.  From before that until `finish_postgresql` the
    database is marked, and no server opens it: a copy that was not made fit is never served.
    Raises BackupError; the database is as it was, since all is one transaction.
    """
    manifest = read_manifest(folder)
    if manifest.dialect != "postgresql":
        raise BackupError("This is a backup of SQLite; the configured store is PostgreSQL.")
    program = find_program("pg_restore")
    if not force and await _has_tables(url):
        raise BackupError("The database holds tables already. Give --force to replace them.")
    replacing = ("--clean", "--if-exists") if force else ()
    copy = str(folder / manifest.file)
    was_marked = await _mark(url, unfinished=True)
    try:
        await run_program(program, url, "--single-transaction", *replacing, copy)
    except BackupError:
        if not was_marked:
            await _mark(url, unfinished=False)
        raise
    return manifest


async def finish_postgresql(url: str) -> None:
    """Let servers open the restored database."""
    await _mark(url, unfinished=False)


async def _mark(url: str, *, unfinished: bool) -> bool:
    """Return whether it was marked before.  Raises BackupError."""
    from limen.platform.db.postgres.driver import connect
    from limen.platform.db.postgres.restoring import mark

    connection = await connect(url, timeout=5)
    try:
        return await mark(connection, unfinished=unfinished)
    except PermissionError as error:
        raise BackupError(f"A restore needs the owner of the database: {error}") from error
    finally:
        await connection.close()


async def _has_tables(url: str) -> bool:
    from limen.platform.db.postgres.driver import connect

    connection = await connect(url, timeout=5)
    try:
        found = await connection.fetch(
            "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'public' LIMIT 1"
        )
        return bool(found)
    finally:
        await connection.close()


def find_program(name: str) -> str:
    """Raises BackupError, saying what to install."""
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is missing: install PostgreSQL's client programs.")
    return found


async def run_program(program: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password is not shown to who lists processes.

    Raises BackupError with what the program said.
    """
    parts = sa.make_url(url)
    environment = dict(os.environ)
    if parts.password is not None:
        environment["PGPASSWORD"] = str(parts.password)
        url = parts._replace(password=None).render_as_string(hide_password=False)
    running = await asyncio.create_subprocess_exec(
        program,
        f"--dbname={url}",
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await running.communicate()
    if running.returncode != 0:
        raise BackupError(f"{Path(program).name}: {said.decode(errors='replace').strip()[-500:]}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
