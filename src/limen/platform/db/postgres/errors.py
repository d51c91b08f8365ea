"""What PostgreSQL and its driver say, in the words of the store."""

import asyncpg
from asyncpg import exceptions as pg

from limen.kernel.errors import Unavailable
from limen.kernel.uow import UniqueConflict
from limen.platform.db.errors import Busy, ConstraintBroken

LOST = (
    OSError,
    TimeoutError,
    pg.PostgresConnectionError,
    pg.InterfaceError,  # the connection is closed
    pg.OperatorInterventionError,  # the server shuts down, or a person ended the session
    pg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,
)
AGAIN = (
    pg.SerializationError,
    pg.DeadlockDetectedError,
    pg.InvalidCachedStatementError,  # a migration changed a table under a prepared statement
)


def translate(error: Exception) -> Exception:
    """Return what the callers of both stores expect to see; errors of ours stay what they are."""
    if isinstance(error, pg.IntegrityConstraintViolationError):
        taken = (pg.UniqueViolationError, pg.ForeignKeyViolationError, pg.ExclusionViolationError)
        kind = UniqueConflict if isinstance(error, taken) else ConstraintBroken
        return kind(str(error))
    if isinstance(error, pg.QueryCanceledError | pg.LockNotAvailableError):
        return Busy(f"PostgreSQL: {error}")
    if isinstance(error, pg.InsufficientResourcesError | LOST):
        return Unavailable(f"PostgreSQL: {error}")
    return error
