"""Composing what the contexts know into the one gate: one query, however many take part."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from limen.kernel.standing import Principal
from limen.kernel.uow import Reader
from limen.platform.db.query import Query
from limen.platform.db.types import Id

_FIELDS = tuple(field.name for field in fields(Principal))


@dataclass(frozen=True, slots=True)
class StandingPart:
    """One context's word on one field of a Principal: it is asked where that field is set.

    `refusal` is one SQL expression, usually a scalar subquery over `mine(table)`: NULL where the
    principal may act, else a permanent reason code; for an id that it does not find, too.  It
    binds the fields of the principal by their names.
    """

    field: str
    refusal: ColumnElement[Any]


class SqlGate:
    """The gate over the store; absent = refuse."""

    def __init__(self, query: Query[str], names: tuple[str, ...]) -> None:
        self._query = query
        self._names = names

    async def refusal(self, reader: Reader, principal: Principal) -> str | None:
        return await reader.one(self._query, *[getattr(principal, name) for name in self._names])


def compose(parts: Sequence[StandingPart]) -> SqlGate:
    """Return the gate that asks the parts in this order, in one statement.

    Raises ValueError for a part about a field that no Principal has, and for no parts at all.
    """
    wrong = [part.field for part in parts if part.field not in _FIELDS]
    if wrong or not parts:
        raise ValueError(f"standing parts of unknown fields: {wrong}")
    asked = [
        sa.case((sa.bindparam(part.field, type_=Id()).is_(None), sa.null()), else_=part.refusal)
        for part in parts
    ]
    statement = sa.select(sa.func.coalesce(*asked, sa.null(), type_=sa.Text()))
    used = {part.key for part in visitors.iterate(statement) if isinstance(part, BindParameter)}
    names = tuple(name for name in _FIELDS if name in used)
    return SqlGate(Query(statement, str, *names), names)
