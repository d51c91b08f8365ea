"""Say for which person a subject of an issuer speaks, and take it back (R063)."""

from uuid import UUID

from limen.kernel.errors import FieldError, Invalid, NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId, new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.assertions.api import SUBJECT_LINKED, SUBJECT_UNLINKED
from limen.oauth.assertions.model.subjects import is_subject
from limen.oauth.assertions.ports import SubjectLink, SubjectStore

_TARGET = "trusted_issuer"


async def link_subject(
    tx: Tx,
    issuer: UUID,
    subject: str,
    user: UUID,
    cause: Cause,
    *,
    reason: str,
    subjects: SubjectStore,
    recorder: Recorder,
) -> SubjectLink:
    """Raises Invalid for what is no subject, UniqueConflict for one that is linked already."""
    if not is_subject(subject):
        message = "must be 1 to 255 printable characters"
        raise Invalid(FieldError("subject", "invalid", message))
    link = new_id()
    await subjects.add(tx, link, issuer, subject, user)
    fact = SUBJECT_LINKED(
        (_TARGET, issuer),
        data={"link": str(link), "by": reason},
        person=UserId(user),
        personal={"subject": subject},
    )
    await recorder.record(tx, fact, cause)
    found = await subjects.get(tx, issuer, link)
    if found is None:  # pragma: no cover - it was added in this unit
        raise LookupError(link)
    return found


async def unlink_subject(
    tx: Tx, issuer: UUID, link: UUID, cause: Cause, *, subjects: SubjectStore, recorder: Recorder
) -> None:
    """Raises NotFound."""
    found = await subjects.get(tx, issuer, link)
    if found is None or not await subjects.remove(tx, issuer, link):
        raise NotFound("no such link of this issuer")
    fact = SUBJECT_UNLINKED(
        (_TARGET, issuer), data={"link": str(link)}, person=UserId(found.user_id)
    )
    await recorder.record(tx, fact, cause)
