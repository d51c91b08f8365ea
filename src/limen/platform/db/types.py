"""Column types that both stores keep exactly: identifiers, instants, JSON, lists of parameters.

Each says how the raw drivers take and give its values; None stands for "as they are".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Protocol
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Processor(Protocol):
    """Turns a value into the driver's, or back."""

    def __call__(self, value: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """How one store keeps a type: in which of its own, and what happens on the way in and out."""

    type: "TypeEngine[Any]"
    bind: Processor | None = None
    result: Processor | None = None


class _Twofold(TypeDecorator[Any]):
    """A type that each store keeps in its own way."""

    cache_ok = True
    postgresql: ClassVar[Kept]
    sqlite: ClassVar[Kept]

    def _kept(self, dialect: sa.Dialect) -> Kept:
        return self.postgresql if dialect.name == "postgresql" else self.sqlite

    def load_dialect_impl(self, dialect: sa.Dialect) -> "TypeEngine[Any]":
        return dialect.type_descriptor(self._kept(dialect).type)

    def bind_processor(self, dialect: sa.Dialect) -> Processor | None:
        return self._kept(dialect).bind

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Processor | None:
        del coltype  # the driver's type code: the declared type decides
        return self._kept(dialect).result


def _id_to_bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


@lru_cache(maxsize=4096)  # the same people, clients and tenants again and again
def _id_from_bytes(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


class Id(_Twofold):
    """A UUID."""

    impl = sa.Uuid
    postgresql = Kept(sa.Uuid())
    sqlite = Kept(sa.LargeBinary(16), _id_to_bytes, _id_from_bytes)


def microseconds(value: datetime) -> int:
    """Return microseconds since 1970, exactly.  Raises TypeError for a time without a zone."""
    return (value - EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """Return the instant, in UTC, that lies `value` microseconds after 1970."""
    return EPOCH + timedelta(microseconds=value)


def _instant_to_int(value: datetime | None) -> int | None:
    return None if value is None else (value - EPOCH) // _MICROSECOND


def _instant_from_int(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(0, 0, value)  # faster than by name


def _zoned(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise TypeError("a time without a zone")  # the driver would take it as local time
    return value


class Instant(_Twofold):
    """An aware time, given in UTC to the microsecond."""

    impl = sa.BigInteger
    postgresql = Kept(sa.DateTime(timezone=True), _zoned)
    sqlite = Kept(sa.BigInteger(), _instant_to_int, _instant_from_int)


def _span_to_int(value: timedelta | None) -> int | None:
    return None if value is None else value // _MICROSECOND


class Span(_Twofold):
    """A parameter that is a timedelta, for `store_now`; never a column."""

    impl = sa.BigInteger
    postgresql = Kept(postgresql.INTERVAL())
    sqlite = Kept(sa.BigInteger(), _span_to_int)


def _json_to_text(value: object) -> str | None:
    return None if value is None else _encode(value).decode()


def _json_from_text(value: str | None) -> object:
    return None if value is None else _decode(value)


class Json(_Twofold):
    """Any value that msgspec encodes, decoded to builtins.  None is NULL."""

    impl = sa.Text
    postgresql = Kept(postgresql.JSONB(), _json_to_text, _json_from_text)
    sqlite = Kept(sa.Text(), _json_to_text, _json_from_text)


class ListOf(TypeDecorator[Any]):
    """A parameter that is a list of a column's values, for `one_of`: an array, or JSON text.

    Bytes travel through JSON as hexadecimal, which SQLite turns back (`unhex`).
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: "TypeEngine[Any]") -> None:
        super().__init__()
        self.item = item

    @property
    def is_binary(self) -> bool:
        """Whether SQLite keeps the values as blobs."""
        return isinstance(self.item, Id | sa.LargeBinary)

    def load_dialect_impl(self, dialect: sa.Dialect) -> "TypeEngine[Any]":
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(self.item.dialect_impl(dialect)))
        return dialect.type_descriptor(sa.Text())

    def bind_processor(self, dialect: sa.Dialect) -> Processor | None:
        process = self.item.dialect_impl(dialect).bind_processor(dialect)
        return _to_array(process) if dialect.name == "postgresql" else _to_text(process)


def _to_array(process: Callable[[Any], Any] | None) -> Processor:
    def convert(value: Sequence[object]) -> list[object]:
        return [item if process is None else process(item) for item in value]

    return convert


def _to_text(process: Callable[[Any], Any] | None) -> Processor:
    def convert(value: Sequence[object]) -> str:
        items = [item if process is None else process(item) for item in value]
        plain = [item.hex() if isinstance(item, bytes) else item for item in items]
        return _encode(plain).decode()

    return convert
