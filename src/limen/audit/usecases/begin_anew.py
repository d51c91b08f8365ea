"""Going on after a restore: a new epoch of the log, which names what is known to be lost."""

from limen.audit.api import LOG_BEGUN_ANEW
from limen.audit.model.leaves import Beginning
from limen.audit.model.notes import Checkpoint
from limen.audit.model.tree import head_at
from limen.audit.ports import Log
from limen.audit.usecases.seal import Overtaken, proven
from limen.kernel.events import Recorder
from limen.kernel.request import LOCAL_CLI, Cause
from limen.kernel.uow import Tx
from limen.kernel.vault import Keyring


async def begin_anew(
    tx: Tx,
    *,
    epoch: int,
    known: Checkpoint | None,
    keyring: Keyring,
    log: Log,
    recorder: Recorder,
) -> Beginning | None:
    """Let the tenant's log go on in `epoch`, after the last head that anybody knows.

    `known` is the last signed head outside the store, None where there is none: then the copy's
    own head is the last.  Nothing is done, and None returned, for a log without facts.
    """
    stored = await log.head(tx)
    if stored is None and known is None:
        return None
    kept_seq, kept_chain = (stored.head.seq, stored.head.chain) if stored else (0, bytes(32))
    after_seq, after_chain = kept_seq, kept_chain
    if known is not None and known.seq > kept_seq:
        after_seq, after_chain = known.seq, known.chain
    beginning = Beginning(epoch, after_seq, after_chain, kept_seq, kept_chain)
    await log.add_beginning(tx, beginning)
    begun = proven(tx.tenant, head_at(beginning.chain(tx.tenant), beginning), keyring)
    if stored is None:
        moved = await log.begin_head(tx, begun)
    else:
        before = (stored.head.epoch, kept_seq, kept_chain)
        moved = await log.move_head(tx, before, begun)
    if not moved:
        raise Overtaken
    data = {"epoch": epoch, "kept": kept_seq, "lost": after_seq - kept_seq}
    fact = LOG_BEGUN_ANEW(("log", str(epoch)), data=data)
    await recorder.record(tx, fact, Cause(LOCAL_CLI))
    return beginning
