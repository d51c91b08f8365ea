"""What can go wrong in the store; both stores say the same."""

from limen.kernel.errors import StartRefused, Unavailable


class ForeignAwait(RuntimeError):  # noqa: N818 - says what happened
    """A unit of work awaited something other than its transaction: an error of ours."""

    def __init__(self) -> None:
        super().__init__("a unit of work awaits nothing but its tx")


class UnitOver(RuntimeError):  # noqa: N818 - says what happened
    """A tx was used after its unit: its connection is somebody else's by now."""

    def __init__(self) -> None:
        super().__init__("this unit of work is over")


class ConstraintBroken(RuntimeError):  # noqa: N818 - says what happened
    """A NOT NULL or CHECK said no: the rules above should have; the unit is poisoned."""


class TransactionLost(Unavailable):
    """The store ended the transaction by itself; nothing of it is kept."""


class Busy(Unavailable):
    """Others held the store for too long."""


class OutcomeUnknown(Unavailable):
    """The store was lost while it was committing; the change may be kept or not."""


class UnsafeRole(StartRefused):
    """The server's role in PostgreSQL could step around row-level security."""


class UnfinishedRestore(StartRefused):
    """The database is a restored copy that was not made fit to be served."""
