"""A copy is made while everybody goes on, and put back only where nothing is lost by it."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from tests.integration.audit.test_verify import check
from tests.support import databases
from tests.support.facts import Rig, rig
from tests.support.postgres import cluster

from limen.kernel.tenant import Tenant
from limen.platform.backup.copies import (
    backup_postgresql,
    backup_sqlite,
    draft_sqlite,
    finish_postgresql,
    place_sqlite,
    restore_postgresql,
    run_program,
)
from limen.platform.backup.manifest import BackupError, HeadOf, State, read_manifest
from limen.platform.db import OpenDatabase, open_database
from limen.platform.db.errors import UnfinishedRestore

__all__ = ["rig"]


def describing(rig: Rig, tenant: Tenant) -> Any:
    async def describe(database: OpenDatabase) -> State:
        head = await rig.log.head(database.tenant(tenant.id))
        heads = [] if head is None else [HeadOf(tenant=tenant.id, epoch=1, seq=head.head.seq)]
        return State(store=None, epoch=1, heads=heads)

    return describe


async def backup(rig: Rig, tenant: Tenant, folder: Path) -> Any:
    options: Any = {"describe": describing(rig, tenant), "clock": rig.clock, "version": "1"}
    if rig.database.dialect == "sqlite":
        return await backup_sqlite(rig.database, folder, **options)
    url = cluster().admin(databases.worker_database())
    return await backup_postgresql(rig.database, url, folder, **options)


def restore_sqlite(folder: Path, target: Path, *, force: bool = False) -> None:
    _, draft = draft_sqlite(folder, target, force=force)
    place_sqlite(draft, target)


async def test_a_copy_is_whole_while_others_write(rig: Rig, tenant: Tenant, tmp_path: Path) -> None:
    """F36, I5: one state of the store, with its own head in the manifest."""
    await rig.grow(5)
    await asyncio.gather(
        backup(rig, tenant, tmp_path / "copy"), rig.record_many(10, start=5), rig.seal()
    )
    manifest = read_manifest(tmp_path / "copy")
    assert manifest.dialect == rig.database.dialect
    assert manifest.state.heads[0].seq >= 5
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    with pytest.raises(BackupError, match="cannot be made"):
        await backup(rig, tenant, tmp_path / "copy")


async def test_a_restored_copy_is_the_store_that_it_was(
    rig: Rig, tenant: Tenant, tmp_path: Path
) -> None:
    """F36: its log verifies; nothing that came later is in it."""
    await rig.grow(5)
    await backup(rig, tenant, tmp_path / "copy")
    await rig.grow(3, start=5)
    if rig.database.dialect == "sqlite":
        target = tmp_path / "new" / "limen.db"
        restore_sqlite(tmp_path / "copy", target)
        restored = await open_database(f"sqlite:///{target}", rig.clock)
    else:
        url, _ = await asyncio.to_thread(databases.create_database)
        name = str(sa.make_url(url).database)
        await restore_postgresql(tmp_path / "copy", cluster().admin(name))
        with pytest.raises(UnfinishedRestore, match="again"):
            await databases.open_server(name, rig.clock)
        await finish_postgresql(cluster().admin(name))
        restored = await databases.open_server(name, rig.clock)
    try:
        copy = Rig(restored, restored.tenant(tenant.id), rig.clock)
        report = await check(copy)
        assert report.is_whole, report.findings
        assert report.facts == 5
    finally:
        await restored.aclose()


async def test_a_copy_is_put_over_a_store_only_when_told_to(
    rig: Rig, tenant: Tenant, tmp_path: Path
) -> None:
    await rig.grow(2)
    await backup(rig, tenant, tmp_path / "copy")
    if rig.database.dialect == "postgresql":
        url = cluster().admin(databases.worker_database())
        with pytest.raises(BackupError, match="--force"):
            await restore_postgresql(tmp_path / "copy", url)
        with pytest.raises(BackupError, match="SQLite"):
            restore_sqlite(tmp_path / "copy", tmp_path / "x.db")
        return
    target = tmp_path / "limen.db"
    target.write_bytes(b"another store")
    with pytest.raises(BackupError, match="--force"):
        restore_sqlite(tmp_path / "copy", target)
    assert target.read_bytes() == b"another store"
    restore_sqlite(tmp_path / "copy", target, force=True)
    assert (tmp_path / "limen.db.before-restore").read_bytes() == b"another store"
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="PostgreSQL"):
        await restore_postgresql(tmp_path / "copy", "postgresql://x/y")


async def test_a_damaged_copy_is_not_put_back(rig: Rig, tenant: Tenant, tmp_path: Path) -> None:
    """F18: flipped bytes, another file, no manifest."""
    await rig.grow(1)
    manifest = await backup(rig, tenant, tmp_path / "copy")
    path = tmp_path / "copy" / manifest.file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BackupError, match="not the file"):
        read_manifest(tmp_path / "copy")
    meta = tmp_path / "copy" / "manifest.json"
    said = json.loads(meta.read_text())
    meta.write_text(json.dumps(said | {"file": "../limen.db"}))
    with pytest.raises(BackupError, match="outside"):
        read_manifest(tmp_path / "copy")
    meta.write_text(json.dumps(said | {"format": 9}))
    with pytest.raises(BackupError, match="format 9"):
        read_manifest(tmp_path / "copy")
    meta.unlink()
    with pytest.raises(BackupError, match="no backup"):
        read_manifest(tmp_path / "copy")


async def test_a_password_is_not_among_the_arguments(tmp_path: Path) -> None:
    """R151: whoever lists processes sees no secret."""
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "$@" >&2\n[ "$PGPASSWORD" = canary ] && exit 3\n')
    program.chmod(0o700)
    with pytest.raises(BackupError) as raised:
        await run_program(str(program), "postgresql://me:canary@host/db", "--x")
    assert "canary" not in str(raised.value)
    assert "postgresql://me@host/db --x" in str(raised.value)


async def test_a_restore_that_fails_leaves_a_database_that_is_served(
    rig: Rig, tenant: Tenant, tmp_path: Path
) -> None:
    """F36, I1: nothing was replaced, so nothing is marked; a comment of its owner stays."""
    if rig.database.dialect == "sqlite":
        return
    await rig.grow(2)
    manifest = await backup(rig, tenant, tmp_path / "copy")
    url, _ = await asyncio.to_thread(databases.create_database)
    name = str(sa.make_url(url).database)
    owner = cluster().admin(name)
    connection = await asyncpg.connect(owner)
    await connection.execute(f"COMMENT ON DATABASE \"{name}\" IS 'ours'")
    said = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1"
    path = tmp_path / "copy" / manifest.file
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with agreeing_manifest(tmp_path / "copy"), pytest.raises(BackupError):
        await restore_postgresql(tmp_path / "copy", owner)
    assert await connection.fetchval(said, name) == "ours"
    path.write_bytes(whole)
    await restore_postgresql(tmp_path / "copy", owner)
    assert "not finished" in await connection.fetchval(said, name)
    await finish_postgresql(owner)
    assert await connection.fetchval(said, name) == "ours"
    await connection.close()


@contextlib.contextmanager
def agreeing_manifest(folder: Path) -> Iterator[None]:
    """Let the manifest agree with a damaged file, so that pg_restore finds the damage."""
    from limen.platform.backup.manifest import hash_of

    meta = folder / "manifest.json"
    before = meta.read_text()
    said = json.loads(before)
    path = folder / said["file"]
    meta.write_text(json.dumps(said | {"size": path.stat().st_size, "sha256": hash_of(path)}))
    yield
    meta.write_text(before)
