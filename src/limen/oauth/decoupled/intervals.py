"""When somebody may ask again, by the store's clock and the row's own interval."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement

from limen.platform.db import Instant


class next_turn(ColumnElement[Any]):  # noqa: N801 - reads as the SQL function that it is
    """A second less than `seconds` (a column) from now: networks jitter, and that is in time."""

    inherit_cache = False
    type = Instant()

    def __init__(self, seconds: ColumnElement[int]) -> None:
        self.seconds = seconds

    def get_children(self, **_: Any) -> list[Any]:
        return [self.seconds]


@compiles(next_turn)
def _next(element: next_turn, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.seconds, **options)
    return f"(now() + make_interval(secs => {seconds} - 1))"


@compiles(next_turn, "sqlite")
def _next_on_sqlite(element: next_turn, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.seconds, **options)
    return f"(store_now() + ({seconds} - 1) * 1000000)"
