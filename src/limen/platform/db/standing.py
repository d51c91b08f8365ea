"""Composing what the contexts know into the one gate: one query, however many take part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import compress
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from limen.kernel.standing import Principal
from limen.kernel.uow import Reader
from limen.platform.db.query import Query

_FIELDS = tuple(field.name for field in fields(Principal))
_values = attrgetter(*_FIELDS)


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
    """The gate over the store; absent = refuse.

    Each combination of fields that are set has a query of its own, made when it is first asked:
    what a principal does not rest on costs nothing.
    """

    def __init__(self, parts: Sequence[StandingPart]) -> None:
        self._parts = tuple(parts)
        self._asked: dict[tuple[bool, ...], _Asked | None] = {}

    async def refusal(self, reader: Reader, principal: Principal) -> str | None:
        is_set = tuple([value is not None for value in _values(principal)])
        try:
            asked = self._asked[is_set]
        except KeyError:
            asked = self._asked[is_set] = self._compose(is_set)
        if asked is None:
            return None
        return await reader.one(asked.query, *[getattr(principal, name) for name in asked.names])

    def refused(self, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
        """Return what is true of a row whose principal may not act; `columns` are its fields'.

        The same parts, asked of many rows in one statement.
        """

        def swapped(element: Any, **_: Any) -> Any:
            is_field = isinstance(element, BindParameter) and element.key in columns
            return columns[element.key] if is_field else None

        parts = ((columns[part.field], part.refusal) for part in self._parts)
        return sa.or_(
            *(
                sa.and_(
                    column.is_not(None),
                    visitors.replacement_traverse(refusal, {}, swapped).is_not(None),
                )
                for column, refusal in parts
            )
        )

    def _compose(self, is_set: tuple[bool, ...]) -> "_Asked | None":
        fields_set = set(compress(_FIELDS, is_set))
        refusals = [part.refusal for part in self._parts if part.field in fields_set]
        if not refusals:
            return None
        statement = sa.select(sa.func.coalesce(*refusals, sa.null(), type_=sa.Text()))
        used = {part.key for part in visitors.iterate(statement) if isinstance(part, BindParameter)}
        names = tuple(name for name in _FIELDS if name in used)
        return _Asked(Query(statement, str, *names), names)


@dataclass(frozen=True, slots=True)
class _Asked:
    query: Query[str]
    names: tuple[str, ...]


def compose(parts: Sequence[StandingPart]) -> SqlGate:
    """Return the gate that asks the parts in this order, in one statement.

    Raises ValueError for a part about a field that no Principal has, and for no parts at all.
    """
    wrong = [part.field for part in parts if part.field not in _FIELDS]
    if wrong or not parts:
        raise ValueError(f"standing parts of unknown fields: {wrong}")
    return SqlGate(parts)
