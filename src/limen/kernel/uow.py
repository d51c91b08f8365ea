"""Units of work: what a use case may do with the store, without knowing which one.

A unit is `async def work(tx)`.  It awaits nothing but its `tx`: hashing, fetching and
rendering happen before it.  It may run again after a serialization failure, so it changes
nothing outside the store but by `tx.after_commit`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from limen.kernel.errors import Conflict
from limen.kernel.ids import TenantId

R = TypeVar("R")
T = TypeVar("T")


class UniqueConflict(Conflict):
    """A unique or foreign key said no; the unit is poisoned on both stores."""

    code = "already_exists"
    hint = "Something with this name or address exists already."


class Statement(Generic[R]):
    """A declared query whose rows have type R; `platform.db.Query` is the only kind."""

    __slots__ = ()


class Reader(Protocol):
    """Reads one tenant's rows: outside a unit each call is a transaction of its own."""

    @property
    def tenant(self) -> TenantId:
        """The tenant that every statement is bound to."""
        ...

    async def one(self, statement: Statement[R], *arguments: object) -> R | None: ...

    async def all(self, statement: Statement[R], *arguments: object) -> list[R]: ...


class Tx(Reader, Protocol):
    """An open transaction of one tenant."""

    async def run(self, statement: Statement[Any], *arguments: object) -> int:
        """Return the number of rows changed.  Raises UniqueConflict."""
        ...

    async def now(self) -> datetime:
        """Return the store's clock: it, not ours, decides what has expired."""
        ...

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Do `effect` once the transaction is durable, and never otherwise."""
        ...


class Store(Reader, Protocol):
    """One tenant's door to the store."""

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Run `work` in one transaction and return what it returned, once it is durable."""
        ...


class Database(Protocol):
    """The store of all tenants."""

    def tenant(self, tenant: TenantId) -> Store: ...

    @property
    def system(self) -> Store:
        """The door to the few tables without row-level security (tenants, queues).

        Its `tenant` is the nil UUID, which owns no row.
        """
        ...


NIL = TenantId(UUID(int=0))
