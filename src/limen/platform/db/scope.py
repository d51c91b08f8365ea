"""Proving that a statement stays inside one tenant, before it is ever run (R118)."""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    Grouping,
    TextClause,
)
from sqlalchemy.sql.operators import and_, eq
from sqlalchemy.sql.schema import Column, Table
from sqlalchemy.sql.selectable import CTE, Alias, Join, Select, Subquery, TableClause

from limen.platform.db.tables import TENANT

Links = list[tuple[Any, Any]]
_TENANT_ITSELF = object()


class Unscoped(TypeError):  # noqa: N818 - says what happened
    """A statement over a tenant's rows that is not bound to the tenant."""


def check_scope(statement: Executable) -> bool:
    """Return whether the statement binds the tenant.

    Every tenant table (and every alias of one), in each SELECT that it occurs in, must be tied
    to the tenant by equality, in a condition that always holds (not under OR or NOT): directly,
    or over the tenant of another table that is.  Raises Unscoped.
    """
    return _walk(statement, frozenset())


def _walk(part: Any, outer: frozenset[int]) -> bool:
    """Check `part`; `outer` are the tables of the enclosing statement, which it may refer to."""
    if isinstance(part, Table | Column):
        return False
    if isinstance(part, BindParameter):
        return part.key == TENANT
    if isinstance(part, Select | Insert | Update | Delete):
        outer = _check(part, outer)
    elif isinstance(part, Subquery | CTE):
        outer = frozenset()  # stands on its own: nothing of the enclosing statement is seen in it
    found = [_walk(child, outer) for child in part.get_children()]
    return any(found)


def _check(statement: Any, outer: frozenset[int]) -> frozenset[int]:
    tied = set(outer)
    if isinstance(statement, Insert):
        if _inserts_tenant(statement):
            tied.add(id(statement.table))
        tables, links = [statement.table], Links()
    elif isinstance(statement, Select):
        tables = [leaf for source in statement.get_final_froms() for leaf in _leaves(source)]
        links = list(_links(statement, statement.get_final_froms()))
    else:
        links = list(_links(statement, ()))
        tables = [statement.table, *_mentioned(statement._where_criteria)]  # noqa: SLF001 - as below
    _spread(tied, links)
    if any(isinstance(t, TextClause | TableClause) and not isinstance(t, Table) for t in tables):
        raise Unscoped("tables are named by their declarations, not by text")
    loose = sorted({str(t.name) for t in tables if _is_scoped(t) and id(t) not in tied})
    if loose:
        raise Unscoped(f"not bound to the tenant: {', '.join(loose)}; use mine()")
    return frozenset(tied)


def _spread(tied: set[int], links: Links) -> None:
    """Add to `tied` whatever equals the tenant, or the tenant of something tied."""
    grown = True
    while grown:
        before = len(tied)
        for pair in links:
            if any(side is _TENANT_ITSELF or id(side) in tied for side in pair):
                tied.update(id(side) for side in pair if side is not _TENANT_ITSELF)
        grown = len(tied) > before


def _is_scoped(source: Any) -> bool:
    if isinstance(source, Alias):
        return _is_scoped(cast("Any", source).element)
    return isinstance(source, Table) and bool(source.info.get(TENANT))


def _leaves(source: Any) -> Iterator[Any]:
    if isinstance(source, Join):
        yield from _leaves(source.left)
        yield from _leaves(source.right)
    else:
        yield source


def _mentioned(parts: Any) -> Iterator[Any]:
    """Tables whose columns a condition uses outside its subqueries: UPDATE … FROM them."""
    for part in parts:
        if isinstance(part, Column):
            yield part.table
        elif not isinstance(part, Select):
            yield from _mentioned(part.get_children())


def _links(statement: Any, sources: Any) -> Iterator[tuple[Any, Any]]:
    for condition in statement._where_criteria:  # noqa: SLF001 - `whereclause` of all three kinds
        yield from _conjuncts(condition)
    for source in sources:
        if isinstance(source, Join):
            yield from _joins(source)


def _joins(source: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(source, Join):
        yield from _conjuncts(source.onclause)
        yield from _joins(source.left)
        yield from _joins(source.right)


def _conjuncts(condition: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(condition, Grouping):
        yield from _conjuncts(cast("Any", condition).element)
    elif isinstance(condition, BooleanClauseList) and condition.operator is and_:
        for inner in condition.clauses:
            yield from _conjuncts(inner)
    elif isinstance(condition, BinaryExpression) and condition.operator is eq:
        left, right = _side(condition.left), _side(condition.right)
        if left is not None and right is not None:
            yield left, right


def _side(value: Any) -> Any:
    if isinstance(value, BindParameter) and value.key == TENANT:
        return _TENANT_ITSELF
    if isinstance(value, Column) and value.name == TENANT:
        return value.table
    return None


def _inserts_tenant(statement: Any) -> bool:
    if statement.select is not None:
        names = [getattr(n, "name", n) for n in statement._select_names or ()]  # noqa: SLF001 - as below
        chosen = list(statement.select.exported_columns)
        return TENANT in names and _is_tenant(chosen[names.index(TENANT)])
    values: Any = statement._values or {}  # noqa: SLF001 - SQLAlchemy keeps them nowhere else
    return any(getattr(k, "name", k) == TENANT and _is_tenant(v) for k, v in values.items())


def _is_tenant(value: Any) -> bool:
    """The parameter, or the tenant column of a table that the SELECT itself has to tie."""
    return getattr(value, "key", None) == TENANT and (
        isinstance(value, BindParameter) or _side(value) is not None
    )
