"""Migrating: whole or not at all, by one runner, to what the tables declare."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from tests.support import databases
from tests.support.postgres import APP
from tests.support.schema import all_tables

from limen.platform.db.migrate import DamagedStore, migrate
from limen.platform.db.pending import pending
from limen.platform.db.query import POSTGRESQL, SQLITE
from limen.platform.db.revisions import missing, revisions

FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "tenancy_0001"
down_revision = None
branch_labels = ("tenancy",)
depends_on = None


def upgrade():
    op.create_table("tenants", sa.Column("id", sa.Integer, primary_key=True))
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision: str = "pets_0001"
down_revision = None
branch_labels = ("pets",)
depends_on = ("tenancy_0001",)


def upgrade():
    op.create_table(
        "pets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("owner", sa.Integer, sa.ForeignKey("tenants.id"), nullable=False),
    )
    op.execute("INSERT INTO pets (id, owner) SELECT 1, {owner}")
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    put(root, "tenancy", "tenancy_0001_tenants.py", FIRST)
    put(
        root,
        "pets",
        "pets_0001_pets.py",
        SECOND.replace("SELECT 1, {owner}", "SELECT 1, id FROM tenants"),
    )
    return root


def put(root: Path, context: str, name: str, text: str) -> None:
    folder = root / context / "migrations"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.fixture(params=databases.stores())
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The URL that runs and the URL that migrates, of an empty store."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'limen.db'}"
        return url, url
    return databases.create_database()


async def test_migrations_make_what_the_tables_declare(urls: tuple[str, str]) -> None:
    """Columns, types, nullability, keys, constraints and indexes, on both stores."""
    await migrate(urls[1], runtime_role=APP)
    declared = {name: describe(table) for name, table in all_tables().tables.items()}
    found = await reflect(urls[1])
    assert found.keys() - {"alembic_version"} == declared.keys()
    for name, description in declared.items():
        assert found[name] == description, name


def describe(table: sa.Table) -> dict[str, Any]:
    """What matters of a table, in words that both the declared and the reflected have."""
    return {
        "columns": {c.name: not c.nullable for c in table.columns},
        "primary key": [c.name for c in table.primary_key.columns],
        "foreign": sorted(
            (tuple(f.column_keys), f.referred_table.name) for f in table.foreign_key_constraints
        ),
        "unique": sorted(
            (str(c.name), tuple(col.name for col in c.columns))
            for c in table.constraints
            if isinstance(c, sa.UniqueConstraint)
        ),
        "indexes": sorted(
            (str(i.name), tuple(col.name for col in i.columns), bool(i.unique))
            for i in table.indexes
        ),
        "checks": sorted(
            str(c.name) for c in table.constraints if isinstance(c, sa.CheckConstraint)
        ),
    }


async def reflect(url: str) -> dict[str, dict[str, Any]]:
    def read(connection: sa.Connection) -> dict[str, dict[str, Any]]:
        found = sa.MetaData()
        found.reflect(connection)
        return {name: describe(table) for name, table in found.tables.items()}

    if url.startswith("sqlite"):
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            result = read(connection)
        engine.dispose()
        return result
    from sqlalchemy.ext.asyncio import create_async_engine

    server = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url)
    )
    async with server.connect() as connection:
        result = await connection.run_sync(read)
    await server.dispose()
    return result


async def test_column_types_are_the_declared_ones(urls: tuple[str, str]) -> None:
    await migrate(urls[1], runtime_role=APP)
    if urls[0].startswith("sqlite"):
        dialect = SQLITE
        path = urls[0].removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as raw:
            found = {
                (table, row[1]): row[2]
                for (table,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                for row in raw.execute(f'PRAGMA table_info("{table}")')
            }
    else:
        dialect = POSTGRESQL
        connection = await asyncpg.connect(urls[1])
        rows = await connection.fetch(
            "SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod)"
            " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE attnum > 0 AND relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        await connection.close()
        found = {(row[0].strip('"'), row[1]): row[2].upper() for row in rows}
    for table in all_tables().tables.values():
        for column in table.columns:
            wanted = column.type.compile(dialect).upper().removesuffix(" WITHOUT TIME ZONE")
            assert found[table.name, column.name].upper() == wanted, column


@pytest.mark.postgres
async def test_every_tenant_table_has_row_level_security() -> None:
    """R118, A077: enabled, and forced on the owner too; the policy names the tenant."""
    _, owner = databases.create_database()
    await migrate(owner, runtime_role=APP)
    connection = await asyncpg.connect(owner)
    secured = {
        row["relname"]: (row["relrowsecurity"], row["relforcerowsecurity"], row["policies"])
        for row in await connection.fetch(
            "SELECT relname, relrowsecurity, relforcerowsecurity, (SELECT array_agg("
            " polcmd::text || pg_get_expr(polqual, polrelid) || pg_get_expr(polwithcheck, polrelid))"
            " FROM pg_policy WHERE polrelid = c.oid) AS policies FROM pg_class c"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
    }
    await connection.close()
    own = "(tenant = (current_setting('limen.tenant'::text))::uuid)"
    for table in all_tables().tables.values():
        expected = (True, True, [f"*{own}{own}"]) if table.info["tenant"] else (False, False, None)
        assert secured[table.name] == expected, table.name


async def test_pending_is_cheap_and_right(urls: tuple[str, str], tree: Path) -> None:
    runtime, owner = urls
    assert await pending(runtime, root=tree) == {"tenancy_0001", "pets_0001"}
    ran = await migrate(owner, runtime_role=APP, root=tree)
    assert ran == ["tenancy_0001", "pets_0001"]
    assert await pending(runtime, root=tree) == set()
    assert await migrate(owner, runtime_role=APP, root=tree) == []
    later = SECOND.replace("pets_0001", "pets_0002").replace('("pets",)', "None")
    put(
        tree,
        "pets",
        "pets_0002.py",
        later.replace("down_revision = None", 'down_revision = "pets_0001"'),
    )
    assert await pending(runtime, root=tree) == {"pets_0002"}


async def test_tenancy_goes_first_also_where_nobody_says_so(
    urls: tuple[str, str], tree: Path
) -> None:
    """Every other table has a foreign key to its tenants."""
    silent = SECOND.replace('("tenancy_0001",)', "None").replace("{owner}", "id FROM tenants")
    put(tree, "a", "a_0001.py", silent.replace("pets", "a"))
    ran = await migrate(urls[1], runtime_role=APP, root=tree)
    assert ran[0] == "tenancy_0001"
    assert set(ran) == {"tenancy_0001", "a_0001", "pets_0001"}


async def test_a_store_ahead_of_us_is_refused(urls: tuple[str, str], tree: Path) -> None:
    await migrate(urls[1], runtime_role=APP, root=tree)
    (tree / "pets" / "migrations" / "pets_0001_pets.py").unlink()
    with pytest.raises(ValueError, match="newer release"):
        await pending(urls[0], root=tree)


async def test_two_runners_run_one_after_the_other(urls: tuple[str, str], tree: Path) -> None:
    """F35: one runner; the second finds everything done."""
    ran = await asyncio.gather(*[migrate(urls[1], runtime_role=APP, root=tree) for _ in range(3)])
    assert sorted(ran, key=len) == [[], [], ["tenancy_0001", "pets_0001"]]


async def test_a_migration_that_fails_changes_nothing(urls: tuple[str, str], tree: Path) -> None:
    """F35: not even the steps before it."""
    put(
        tree,
        "zoo",
        "zoo_0001.py",
        SECOND.replace("pets_0001", "zoo_0001")
        .replace("pets", "zoo")
        .replace("{owner}", "1/0 FROM nowhere"),
    )
    with pytest.raises(sa.exc.SQLAlchemyError):
        await migrate(urls[1], runtime_role=APP, root=tree)
    assert await pending(urls[0], root=tree) == {"tenancy_0001", "pets_0001", "zoo_0001"}


async def test_dangling_rows_are_noticed_before_they_are_kept(tmp_path: Path, tree: Path) -> None:
    """Foreign keys are off while SQLite's tables are rebuilt."""
    put(tree, "pets", "pets_0001_pets.py", SECOND.replace("{owner}", "99"))
    url = f"sqlite:///{tmp_path / 'limen.db'}"
    with pytest.raises(DamagedStore):
        await migrate(url, root=tree)
    assert await pending(url, root=tree) == {"tenancy_0001", "pets_0001"}


def test_two_migrations_of_one_id_are_refused(tree: Path) -> None:
    put(tree, "zoo", "zoo_0001.py", SECOND)
    with pytest.raises(ValueError, match="pets_0001 is also"):
        revisions(tree)


def test_what_a_recorded_head_rests_on_is_not_missing() -> None:
    known = revisions()
    heads = known.keys() - {below for r in known.values() for below in r.rests_on}
    assert missing(heads, known) == set()
    assert missing([], known) == known.keys()


_GRANTED = """
    SELECT table_name, privilege_type, '' FROM information_schema.role_table_grants
    WHERE grantee = $1 UNION
    SELECT table_name, privilege_type, column_name FROM information_schema.column_privileges
    WHERE grantee = $1 ORDER BY 1, 2, 3
"""


async def test_a_role_that_comes_after_the_tables_gets_its_rights(urls: tuple[str, str]) -> None:
    """A077: the same rights as one that was there, and none of another role's."""
    if urls[0].startswith("sqlite"):
        return  # it has no roles
    granted = []
    for roles in ((APP,), (None, APP)):
        _, owner = databases.create_database()
        for role in roles:
            await migrate(owner, runtime_role=role)
        connection = await asyncpg.connect(owner)
        granted.append([tuple(row) for row in await connection.fetch(_GRANTED, APP)])
        await connection.close()
    assert granted[0] == granted[1]
    events = {row[1:] for row in granted[0] if row[0] == "events"}
    assert ("UPDATE", "leaf") in events
    assert ("DELETE", "") not in events
