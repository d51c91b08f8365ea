"""What PostgreSQL and its driver say, in the words of the store."""

from typing import Any

from asyncpg import exceptions as pg

from limen.kernel.errors import Malformed, Unavailable
from limen.kernel.uow import UniqueConflict
from limen.platform.db.errors import Busy, ConstraintBroken


class Lost(Unavailable):
    """The connection was lost before COMMIT: nothing is kept, and trying again is safe."""


class Clash(Unavailable):
    """Two transactions were in each other's way, or a table changed: trying again is right."""


_MEANINGS: tuple[tuple[tuple[type[Exception], ...], type[Exception]], ...] = (
    ((pg.UniqueViolationError, pg.ForeignKeyViolationError), UniqueConflict),
    ((pg.IntegrityConstraintViolationError,), ConstraintBroken),
    (
        (pg.SerializationError, pg.DeadlockDetectedError, pg.InvalidCachedStatementError),
        Clash,  # the last: a migration changed a table under a prepared statement
    ),
    ((pg.QueryCanceledError, pg.LockNotAvailableError, TimeoutError), Busy),
    ((pg.OperatorInterventionError, pg.PostgresConnectionError, OSError), Lost),
    ((pg.InsufficientResourcesError, pg.ReadOnlySQLTransactionError), Unavailable),
    ((pg.CharacterNotInRepertoireError, pg.UntranslatableCharacterError), Malformed),  # U+0000
)


def translate(error: Exception, connection: Any) -> Exception:
    """Return what the callers of both stores expect to see; errors of ours stay what they are."""
    for kinds, meaning in _MEANINGS:
        if isinstance(error, kinds):
            return meaning(f"PostgreSQL: {error or type(error).__name__}")
    return Lost(f"PostgreSQL: {error}") if connection.is_closed() else error
