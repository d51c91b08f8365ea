"""What can go wrong with the log itself."""

from limen.kernel.errors import Conflict, NotFound, Refusal, StartRefused


class FactUnknown(NotFound):
    code = "fact_unknown"
    hint = "There is no such event."


class NotExportable(Conflict):
    code = "log_not_exportable"
    hint = "The log has no signed head yet. Try again in a moment."


class LogDamaged(Refusal):
    """The stored head is not the one we wrote; nothing is sealed or signed on top of it."""

    code = "log_damaged"
    status = 500
    hint = "The log was changed from outside. Run `limen audit verify`."


class OlderCopy(StartRefused):
    """The store is an older copy than the one that the checkpoint file knows."""
