"""Column types that both stores keep exactly: identifiers, instants, JSON, lists of parameters.

Each gives the raw driver's own value: what PostgreSQL's driver already speaks passes untouched.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Processor = Callable[[Any], Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def microseconds(instant: datetime) -> int:
    """Return microseconds since 1970, exactly.  Raises TypeError for a time without a zone."""
    return (instant - EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """Return the instant, in UTC, that lies `value` microseconds after 1970."""
    return EPOCH + timedelta(microseconds=value)


class Id(sa.types.TypeDecorator[UUID]):
    """A UUID: `uuid`, or 16 bytes."""

    impl = sa.Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.Uuid() if native else sa.LargeBinary(16))

    def bind_processor(self, dialect: sa.Dialect) -> Processor | None:
        return None if dialect.name == "postgresql" else _id_to_bytes

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Processor | None:
        return None if dialect.name == "postgresql" else _id_from_bytes


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware time, given in UTC to the microsecond: `timestamptz`, or integer microseconds."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(sa.DateTime(timezone=True) if native else sa.BigInteger())

    def bind_processor(self, dialect: sa.Dialect) -> Processor | None:
        return _zoned if dialect.name == "postgresql" else _instant_to_int

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Processor | None:
        return None if dialect.name == "postgresql" else _instant_from_int


class Span(sa.types.TypeDecorator[timedelta]):
    """A parameter that is a timedelta, for `store_now`; never a column."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.INTERVAL() if native else sa.BigInteger())

    def bind_processor(self, dialect: sa.Dialect) -> Processor | None:
        return None if dialect.name == "postgresql" else _span_to_int

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Processor | None:
        return None


class Json(sa.types.TypeDecorator[Any]):
    """Any value that msgspec encodes, decoded to builtins: `jsonb`, or text.  None is NULL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(postgresql.JSONB() if native else sa.Text())

    def bind_processor(self, dialect: sa.Dialect) -> Processor | None:
        return _json_to_text

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Processor | None:
        return _json_from_text


class ListOf(sa.types.TypeDecorator[Any]):
    """A parameter that is a list of column values, for `one_of`: an array, or JSON text.

    Bytes travel through JSON as hexadecimal, which SQLite turns back (`unhex`).
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(self.item.dialect_impl(dialect)))
        return dialect.type_descriptor(sa.Text())

    def bind_processor(self, dialect: sa.Dialect) -> Processor | None:
        process = self.item.dialect_impl(dialect).bind_processor(dialect)
        if dialect.name == "postgresql":
            return list if process is None else lambda values: [process(value) for value in values]

        def as_json(values: Any) -> str:
            return _encode([_plain(process(v) if process else v) for v in values]).decode()

        return as_json

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Processor | None:
        return None


def is_binary(column_type: sa.types.TypeEngine[Any]) -> bool:
    """Say whether SQLite keeps values of this type as a blob."""
    return isinstance(column_type, Id | sa.LargeBinary)


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _id_to_bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _id_from_bytes(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


def _instant_to_int(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // _MICROSECOND


def _instant_from_int(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def _span_to_int(value: timedelta | None) -> int | None:
    return None if value is None else value // _MICROSECOND


def _zoned(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise TypeError("a time without a zone")  # the driver would take it as local time
    return value


def _json_to_text(value: object) -> str | None:
    return None if value is None else _encode(value).decode()


def _json_from_text(value: str | None) -> object:
    return None if value is None else _decode(value)
