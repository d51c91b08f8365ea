"""What migrations use: tables with their tenant, row-level security and grants in one step."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.schema import SchemaItem

from limen.platform.db.tables import TENANT, tenant_items

RUNTIME_ROLE = "limen_runtime_role"  # the option under which the runner hands the role over
_NOTE = "The role that runs the server: "
_RIGHTS = re.compile(r"[A-Z]+( \([a-z_, ]+\))?(, [A-Z]+( \([a-z_, ]+\))?)*")
_NOTED = sa.text(
    "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    " AND obj_description(oid, 'pg_class') LIKE :note ORDER BY relname"
)
_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")


def create_tenant_table(
    name: str, *items: SchemaItem, key: tuple[str, ...] = ("id",), grants: Sequence[str] = _ALL
) -> None:
    """Create what `tenant_table` declares; on PostgreSQL no other tenant's row can be reached.

    A transaction that did not say which tenant it is for gets an error, never an empty answer.
    """
    op.create_table(name, *tenant_items(items, key))
    if _is_postgresql():
        table, policy = _quoted(name), _quoted(f"{name}_tenant")
        own = f"{TENANT} = current_setting('limen.tenant')::uuid"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {policy} ON {table} USING ({own}) WITH CHECK ({own})")
        _grant(name, grants)


def create_global_table(name: str, *items: SchemaItem, grants: Sequence[str] = _ALL) -> None:
    """Create what `global_table` declares: no tenant, no row-level security."""
    op.create_table(name, *items)
    if _is_postgresql():
        _grant(name, grants)


def let_read(name: str) -> None:
    """Let the runtime role read a table that is not ours."""
    if _is_postgresql():
        _grant(name, ("SELECT",))


def _grant(name: str, grants: Sequence[str]) -> None:
    """Give the runtime role its rights, and note them for one that comes later."""
    rights = ", ".join(grants)
    op.execute(f"COMMENT ON TABLE {_quoted(name)} IS '{_NOTE}{rights}'")
    role = op.get_context().opts.get(RUNTIME_ROLE)
    if role is not None:
        op.execute(f"GRANT {rights} ON TABLE {_quoted(name)} TO {_quoted(role)}")


def grant_what_is_noted() -> None:
    """Give the runtime role its rights on every table that there is, whenever it was created.

    The role may be newer than the tables: another one ran the server, or none did yet.
    """
    role = op.get_context().opts.get(RUNTIME_ROLE)
    if role is None or not _is_postgresql():
        return
    noted = op.get_bind().execute(_NOTED, {"note": f"{_NOTE}%"}).all()
    for name, note in noted:
        rights = note.removeprefix(_NOTE)
        if _RIGHTS.fullmatch(rights):
            op.execute(f"GRANT {rights} ON TABLE {_quoted(name)} TO {_quoted(role)}")


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _quoted(identifier: str) -> str:
    return op.get_context().dialect.identifier_preparer.quote(identifier)


def run_sql(postgresql: str | None = None, sqlite: str | None = None) -> None:
    """Execute a store's own statement; nothing on a store that none is given for."""
    statement = postgresql if _is_postgresql() else sqlite
    if statement is not None:
        op.execute(sa.text(statement))
