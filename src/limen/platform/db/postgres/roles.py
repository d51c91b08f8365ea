"""Refusing to run as a role for which row-level security would mean nothing."""

from typing import Any

from limen.platform.db.errors import UnsafeRole

_ASK = """
SELECT CASE
  WHEN r.rolsuper THEN 'is a superuser'
  WHEN r.rolbypassrls THEN 'has BYPASSRLS'
  WHEN EXISTS (
    SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND pg_has_role(c.relowner, 'MEMBER')
  ) THEN 'owns tables, or is a member of the role that does'
END
FROM pg_roles r WHERE r.rolname = current_user
"""


async def check_role(connection: Any) -> None:
    """Raises UnsafeRole for a superuser, an owner of tables, or a role with BYPASSRLS (A077)."""
    reason: str | None = await connection.fetchval(_ASK)
    if reason is not None:
        raise UnsafeRole(
            f"the role of LIMEN_DATABASE_URL {reason}; let one role own and migrate the "
            "database, and another, without these rights, run the server"
        )
