"""Queries: declared once with SQLAlchemy, compiled once for each store, run by its own driver."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast, overload

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import BindParameter

from limen.kernel.uow import Statement
from limen.platform.db.scope import Unscoped, check_scope
from limen.platform.db.tables import TENANT
from limen.platform.db.types import Processor

R = TypeVar("R")

POSTGRESQL: sa.Dialect = asyncpg.dialect(paramstyle="numeric_dollar")
SQLITE: sa.Dialect = pysqlite.dialect(paramstyle="qmark")

_PLACEHOLDER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Plan:
    """A query compiled for one store: its text, how to bind arguments and make rows.

    `bind` takes the tenant (as this store's driver wants it) and the arguments.
    """

    sql: str
    bind: Callable[[object, tuple[object, ...]], Sequence[object]]
    make: Callable[[Sequence[Any]], Any]


def query_of(statement: Statement[Any]) -> "Query[Any]":
    """Return the statement as the one kind that there is.  Raises TypeError."""
    if not isinstance(statement, Query):
        raise TypeError(f"{statement!r} is no Query")
    return statement


def reading(statement: Statement[Any]) -> "Query[Any]":
    """Return a query that only reads; whatever writes needs a unit.  Raises TypeError."""
    query = query_of(statement)
    if query.writes:
        raise TypeError(f"{statement!r} needs a unit: it writes")
    return query


class Query(Statement[R]):
    """One statement, the type of its rows, and the names of its arguments in order.

    A row is made from its columns by position: a struct, a dataclass, or, of one column, its
    plain value.  The tenant is bound by whoever runs the query and never passed.  A store's
    own text may replace the compiled one, with the same `:names` (`:tenant` too) and columns.
    A statement that could reach another tenant's rows is refused when it is compiled (Unscoped);
    a test compiles them all.
    """

    __slots__ = ("_own", "_postgresql", "_sqlite", "names", "row", "statement", "writes")

    @overload
    def __init__(
        self: "Query[None]", statement: Executable, row: None = None, *names: str,
        postgresql: str | None = None, sqlite: str | None = None,
    ) -> None: ...  # fmt: skip

    @overload
    def __init__(
        self, statement: Executable, row: type[R], *names: str,
        postgresql: str | None = None, sqlite: str | None = None,
    ) -> None: ...  # fmt: skip

    def __init__(
        self,
        statement: Executable,
        row: type[Any] | None = None,
        *names: str,
        postgresql: str | None = None,
        sqlite: str | None = None,
    ) -> None:
        self.statement, self.row, self.names = statement, row, names
        self.writes = isinstance(statement, UpdateBase)
        self._own = (postgresql, sqlite)
        self._postgresql: Plan | None = None
        self._sqlite: Plan | None = None

    def on_postgresql(self) -> Plan:
        """Return the plan for PostgreSQL, compiled at the first call."""
        plan = self._postgresql
        if plan is None:
            plan = self._postgresql = _plan(self, POSTGRESQL, self._own[0])
        return plan

    def on_sqlite(self) -> Plan:
        """Return the plan for SQLite, compiled at the first call."""
        plan = self._sqlite
        if plan is None:
            plan = self._sqlite = _plan(self, SQLITE, self._own[1])
        return plan

    def __repr__(self) -> str:
        return f"<Query {' '.join(str(self.statement).split())}>"


def _plan(query: "Query[Any]", dialect: sa.Dialect, own: str | None) -> Plan:
    if check_scope(query.statement) and own is not None and ":tenant" not in own:
        raise Unscoped(f"its own text must bind :tenant too: {own}")
    parameters = _parameters(query.statement)
    if own is None:
        compiled = cast("Any", query.statement).compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):  # pragma: no cover - a Query is no DDL
            raise TypeError(f"{query!r} is no statement over rows")
        sql, order = compiled.string, list(compiled.positiontup or ())
        parameters = {name: compiled.binds[name] for name in order} | parameters
    else:
        sql, order = _numbered(own, "$" if dialect is POSTGRESQL else "?")
    bind = _binder(query, dialect, [(name, parameters.get(name)) for name in order])
    return Plan(sql, bind, _maker(query, dialect))


def _parameters(statement: Any) -> dict[str, "BindParameter[Any]"]:
    """Return the parameters by name.  Raises TypeError for one name with two types."""
    found: dict[str, BindParameter[Any]] = {}
    for part in visitors.iterate(statement):
        if not isinstance(part, BindParameter):
            continue
        parameter = cast("BindParameter[Any]", part)
        if isinstance(parameter.type, sa.types.NullType):
            continue  # nothing tells its type here
        other = found.setdefault(parameter.key, parameter)
        if type(other.type) is not type(parameter.type):
            raise TypeError(f"{parameter.key!r} is both {other.type!r} and {parameter.type!r}")
    return found


def _numbered(text: str, mark: str) -> tuple[str, list[str]]:
    """Turn `:name` into `$1` or `?1`, and return the names by number."""
    names = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
    return _PLACEHOLDER.sub(lambda found: f"{mark}{names.index(found[1]) + 1}", text), names


def _binder(
    query: "Query[Any]", dialect: sa.Dialect, order: "list[tuple[str, BindParameter[Any] | None]]"
) -> Callable[[object, tuple[object, ...]], Sequence[object]]:
    """Return what lays out (tenant, *arguments) as the statement's text wants them.

    The tenant comes ready for the driver; constants of the statement are prepared here.
    """
    places = {TENANT: 0} | {name: place for place, name in enumerate(query.names, start=1)}
    count, constants = len(query.names), list[object]()
    picks: list[tuple[int, Processor | None]] = []
    for name, parameter in order:
        process = None if parameter is None else _bind_processor(parameter, dialect)
        if name in places:
            picks.append((places[name], None if name == TENANT else process))
        elif parameter is not None and not parameter.required:
            value = parameter.effective_value
            constants.append(process(value) if process else value)
            picks.append((count + len(constants), None))
        else:
            raise TypeError(f"{query!r} does not name its parameter {name!r}")
    unused = set(query.names) - {name for name, _ in order}
    if unused:
        raise TypeError(f"{query!r} names unused parameters: {', '.join(sorted(unused))}")
    return _layout(count, tuple(constants), picks)


def _bind_processor(parameter: "BindParameter[Any]", dialect: sa.Dialect) -> Processor | None:
    return parameter.type.dialect_impl(dialect).bind_processor(dialect)


def _layout(
    count: int, constants: tuple[object, ...], picks: list[tuple[int, Processor | None]]
) -> Callable[[object, tuple[object, ...]], Sequence[object]]:
    def bind(tenant: object, arguments: tuple[object, ...]) -> Sequence[object]:
        if len(arguments) != count:
            raise TypeError(f"{count} arguments are needed, {len(arguments)} were given")
        values = (tenant, *arguments, *constants)
        return [values[i] if process is None else process(values[i]) for i, process in picks]

    return bind


def _maker(query: "Query[Any]", dialect: sa.Dialect) -> Callable[[Sequence[Any]], Any]:
    if query.row is None:
        return _refuse
    columns: list[Any] = list(getattr(query.statement, "exported_columns", ()))
    processors = [
        (i, process)
        for i, column in enumerate(columns)
        if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    if not _has_fields(query.row):
        if len(columns) != 1:
            raise TypeError(f"{query!r} gives {len(columns)} columns, for one plain value")
        return _plain_maker(processors[0][1] if processors else None)
    return _row_maker(query.row, processors)


def _has_fields(row: type) -> bool:
    return any(
        hasattr(row, name) for name in ("__struct_fields__", "__dataclass_fields__", "_fields")
    )


def _refuse(_: Sequence[Any]) -> Any:
    raise TypeError("this query declares no rows; run() it")


def _plain_maker(process: Processor | None) -> Callable[[Sequence[Any]], Any]:
    if process is None:
        return lambda values: values[0]
    return lambda values: process(values[0])


def _row_maker(
    row: Callable[..., Any], processors: list[tuple[int, Processor]]
) -> Callable[[Sequence[Any]], Any]:
    if not processors:
        return lambda values: row(*values)

    def make(values: Sequence[Any]) -> Any:
        decoded = list(values)
        for i, process in processors:
            decoded[i] = process(decoded[i])
        return row(*decoded)

    return make
