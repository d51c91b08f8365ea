"""Declaring tables, and the few expressions that every statement over them needs."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import SchemaItem

from limen.platform.db.types import Id, Instant, ListOf, Span

TENANT = "tenant"

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)


def tenant_table(name: str, *items: SchemaItem, key: tuple[str, ...] = ("id",)) -> sa.Table:
    """Declare a table whose rows belong to a tenant.

    Adds the column `tenant`, the primary key (tenant, *key) and the foreign key to `tenants`.
    Raises ValueError for a constraint that is deferred: a COMMIT must not be what refuses.
    """
    return _checked(sa.Table(name, metadata, *tenant_items(items, key), info={TENANT: True}))


def global_table(name: str, *items: SchemaItem) -> sa.Table:
    """Declare one of the few tables without a tenant; a test names them all."""
    return _checked(sa.Table(name, metadata, *items, info={TENANT: False}))


def tenant_items(items: tuple[SchemaItem, ...], key: tuple[str, ...]) -> tuple[SchemaItem, ...]:
    """Add what every tenant table has; `migration.create_tenant_table` adds the same."""
    return (
        sa.Column(TENANT, Id, sa.ForeignKey("tenants.id"), nullable=False),
        *items,
        sa.PrimaryKeyConstraint(TENANT, *key),
    )


def _checked(table: sa.Table) -> sa.Table:
    for constraint in table.constraints:
        if constraint.deferrable or constraint.initially:
            raise ValueError(f"{table.name}: deferred constraints are forbidden")
    for column in table.columns:
        if column.default is not None or column.onupdate is not None:
            raise ValueError(f"{column}: give values in the statement, or a server default")
    return table


def mine(table: sa.FromClause) -> ColumnElement[bool]:
    """Return the condition that a row belongs to the tenant of the reader or unit."""
    return table.c[TENANT] == the_tenant()


def the_tenant() -> sa.BindParameter[Any]:
    """Return the parameter that every reader and unit fills with its own tenant."""
    return sa.bindparam(TENANT, type_=Id())


def insert(table: sa.Table, *names: str) -> Insert:
    """Insert the named columns, each from the parameter of its name, and the tenant by itself.

    Both stores understand `on_conflict_do_nothing`, `on_conflict_do_update` and `returning`.
    """
    values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
    if table.info.get(TENANT):
        values[TENANT] = the_tenant()
    return Insert(table).values(values).inline()


class store_now(ColumnElement[Any]):  # noqa: N801 - reads as the SQL function that it is
    """The store's clock, as an Instant; with a parameter's name, that timedelta after it.

    PostgreSQL: `now()`, the start of the transaction, rather than `clock_timestamp()`.  A unit
    then has one instant in all that it compares and writes, the planner may use an index
    (`clock_timestamp()` is volatile), and the time by which it can be old is bounded by the
    statement and lock time-outs.  SQLite: a function that gives the unit's instant.
    """

    inherit_cache = False
    type = Instant()

    def __init__(self, after: str | None = None) -> None:
        self.after = None if after is None else sa.bindparam(after, type_=Span())

    def get_children(self, **_: Any) -> list[Any]:
        return [] if self.after is None else [self.after]


@compiles(store_now)
def _now(element: store_now, compiler: SQLCompiler, **options: Any) -> str:
    return _plus("now()", element, compiler, options)


@compiles(store_now, "sqlite")
def _now_on_sqlite(element: store_now, compiler: SQLCompiler, **options: Any) -> str:
    return _plus("store_now()", element, compiler, options)


def _plus(now: str, element: store_now, compiler: SQLCompiler, options: dict[str, Any]) -> str:
    if element.after is None:
        return now
    return f"({now} + {compiler.process(element.after, **options)})"


class one_of(ColumnElement[bool]):  # noqa: N801 - reads as the SQL operator that it is
    """The condition that `column` equals one of the values of a list parameter."""

    inherit_cache = False
    type = sa.Boolean()
    _is_implicitly_boolean = True  # else it is compared to 1 where booleans are integers

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        kind = ListOf(column.type)
        self.values: sa.BindParameter[Any] = sa.bindparam(name, type_=kind)
        self.is_binary = kind.is_binary

    def get_children(self, **_: Any) -> list[Any]:
        return [self.column, self.values]


@compiles(one_of)
def _one_of(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"({column} = ANY ({compiler.process(element.values, **options)}))"


@compiles(one_of, "sqlite")
def _one_of_on_sqlite(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    value = "unhex(value)" if element.is_binary else "value"
    values = compiler.process(element.values, **options)
    return f"({column} IN (SELECT {value} FROM json_each({values})))"  # noqa: S608 - three parts of our own
