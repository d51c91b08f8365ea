"""Running, ending and repeating transactions on PostgreSQL, whatever happens to them."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from logging import getLogger
from typing import Any, TypeVar

import asyncpg

from limen.kernel.uow import Tx
from limen.platform.db.errors import Busy, OutcomeUnknown, TransactionLost
from limen.platform.db.guard import Watched, begin
from limen.platform.db.postgres.driver import Connection
from limen.platform.db.postgres.errors import Clash, Lost, translate
from limen.platform.db.postgres.unit import PostgresTx

T = TypeVar("T")

RETRIES = 3
LONGEST_UNIT = 10.0  # seconds; snapshots count on no transaction living for 30
_ROLLBACK_WITHIN = 1.0  # seconds
_log = getLogger(__name__)


async def run(work: Callable[[Tx], Awaitable[T]], tx: PostgresTx) -> T:
    """Run a unit's work.  Raises its first failure, also one that the unit swallowed."""
    until = asyncio.get_running_loop().time() + LONGEST_UNIT
    try:
        result = await Watched(begin(work, tx), tx.is_waiting)
    finally:
        failure = tx.end()
    if failure is not None:
        raise failure
    if asyncio.get_running_loop().time() > until:
        raise Busy(f"a unit took more than {LONGEST_UNIT} s")
    return result


async def persist(attempt: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Try again, a little later, what clashed with others or lost its connection."""
    for number in range(1, RETRIES + 1):
        try:
            return await attempt()
        except (Clash, Lost):
            await asyncio.sleep(secrets.randbelow(20 * number) / 1000)
    return await attempt()


async def commit(connection: Connection) -> None:
    """Commit.  Raises OutcomeUnknown where no answer came, TransactionLost where it was a no."""
    try:
        status = await connection.execute("COMMIT")
    except Exception as error:
        meaning = translate(error, connection)
        if isinstance(meaning, Lost | Busy):  # no answer, or none that says what became of it
            raise OutcomeUnknown(meaning.detail) from error
        raise meaning from error
    if status != "COMMIT":  # the server rolled it back, and calls that no error
        raise TransactionLost(f"COMMIT was answered by {status}")


async def roll_back(connection: Connection) -> None:
    """Leave the transaction; a connection that cannot is closed when it is given back.

    It is always sent: of a BEGIN that was cut off, the driver does not know what became.
    """
    try:
        await connection.execute("ROLLBACK", timeout=_ROLLBACK_WITHIN)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        _log.info("a connection was lost in ROLLBACK: %s", error)
