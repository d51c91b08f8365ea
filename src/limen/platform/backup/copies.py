"""Making a copy of the store, and putting one back."""

import asyncio
import os
import shutil
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


def restore_sqlite(folder: Path, target: Path, *, force: bool = False) -> Manifest:
    """Put a copy in the place of the store's file, which nobody may have open.

    With `force` an existing store is kept beside, as `<name>.before-restore`.  The store is
    not to be served before `effects` and the log's new epoch: see `limen restore`.
    Raises BackupError, having changed nothing.
    """
    manifest = read_manifest(folder)
    if manifest.dialect != "sqlite":
        raise BackupError("This is a backup of PostgreSQL; the configured store is SQLite.")
    if target.exists() and target.stat().st_size and not force:
        raise BackupError(f"{target} is a store already. Give --force to put it aside.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restoring")
    shutil.copyfile(folder / manifest.file, draft)
    draft.chmod(0o600)
    if hash_of(draft) != manifest.sha256:
        draft.unlink()
        raise BackupError("The copy changed while it was read.")
    _sync(draft)
    _put_aside(target)
    draft.rename(target)
    _sync(target.parent)
    return manifest


def _put_aside(target: Path) -> None:
    aside = target.with_name(f"{target.name}.before-restore")
    for suffix in ("", *_SIDE_FILES):
        old = target.with_name(target.name + suffix)
        if old.exists():
            old.replace(aside.with_name(aside.name + suffix))


async def restore_postgresql(folder: Path, url: str, *, force: bool = False) -> Manifest:
    """Put a copy into the database of `url`, as its owner or a superuser.

    With `force` what is there is dropped first.  Raises BackupError; the database is as it
    was, since all is one transaction.
    """
    manifest = read_manifest(folder)
    if manifest.dialect != "postgresql":
        raise BackupError("This is a backup of SQLite; the configured store is PostgreSQL.")
    program = find_program("pg_restore")
    if not force and await _has_tables(url):
        raise BackupError("The database holds tables already. Give --force to replace them.")
    replacing = ("--clean", "--if-exists") if force else ()
    copy = str(folder / manifest.file)
    await run_program(program, url, "--single-transaction", *replacing, copy)
    return manifest


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
