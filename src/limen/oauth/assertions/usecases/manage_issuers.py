"""Trust an issuer, change how far, stop and start it, trust it no more."""

from uuid import UUID

from limen.kernel.errors import Conflict, NotFound, Stale
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.assertions.api import (
    ISSUER_CHANGED,
    ISSUER_CREATED,
    ISSUER_DELETED,
    ISSUER_DISABLED,
    ISSUER_ENABLED,
)
from limen.oauth.assertions.directory import TrustedIssuers
from limen.oauth.assertions.model.issuers import IssuerSettings, TrustedIssuer, check_issuer
from limen.oauth.assertions.ports import IssuerStore

_TARGET = "trusted_issuer"


async def get_issuer(tx: Tx, issuer: UUID, *, issuers: IssuerStore) -> TrustedIssuer:
    """Raises NotFound."""
    found = await issuers.find(tx, issuer)
    if found is None:
        raise NotFound("no such issuer")
    return found


async def trust_issuer(
    tx: Tx,
    name: str,
    settings: IssuerSettings,
    cause: Cause,
    *,
    own: str,
    issuers: IssuerStore,
    directory: TrustedIssuers,
    recorder: Recorder,
) -> TrustedIssuer:
    """Raises Invalid with every wrong field, and UniqueConflict."""
    check_issuer(name, settings, own=own)
    issuer = new_id()
    await issuers.add(tx, issuer, name, settings)
    await directory.forget(tx)
    data = {"issuer": name, "uses": settings.uses}
    await recorder.record(tx, ISSUER_CREATED((_TARGET, issuer), data=data), cause)
    return await get_issuer(tx, issuer, issuers=issuers)


async def change_issuer(
    tx: Tx,
    before: TrustedIssuer,
    settings: IssuerSettings,
    cause: Cause,
    *,
    own: str,
    issuers: IssuerStore,
    directory: TrustedIssuers,
    recorder: Recorder,
) -> TrustedIssuer:
    """Replace what its owner decides; `iss` never changes.

    Raises Invalid, and Stale where somebody changed it after `before` was read.
    """
    check_issuer(before.issuer, settings, own=own)
    if not await issuers.change(tx, before.id, before.version, settings):
        raise Stale("changed meanwhile")
    await directory.forget(tx)
    await recorder.record(tx, ISSUER_CHANGED((_TARGET, before.id)), cause)
    return await get_issuer(tx, before.id, issuers=issuers)


async def switch_issuer(
    tx: Tx,
    issuer: UUID,
    cause: Cause,
    *,
    enabled: bool,
    issuers: IssuerStore,
    directory: TrustedIssuers,
    recorder: Recorder,
) -> TrustedIssuer:
    """Enable or disable it; the gate refuses what rests on it while it is disabled (A033).

    Raises NotFound; Conflict where it is so already.
    """
    await get_issuer(tx, issuer, issuers=issuers)
    if not await issuers.enable(tx, issuer, enabled=enabled):
        raise Conflict("nothing to change", hint="This issuer is in that state already.")
    await directory.forget(tx)
    event = ISSUER_ENABLED if enabled else ISSUER_DISABLED
    await recorder.record(tx, event((_TARGET, issuer)), cause)
    return await get_issuer(tx, issuer, issuers=issuers)


async def distrust_issuer(
    tx: Tx,
    issuer: UUID,
    cause: Cause,
    *,
    issuers: IssuerStore,
    directory: TrustedIssuers,
    recorder: Recorder,
) -> None:
    """Delete it with its links; what rests on it stops at once.  Raises NotFound."""
    before = await get_issuer(tx, issuer, issuers=issuers)
    await issuers.remove(tx, issuer)
    await directory.forget(tx)
    fact = ISSUER_DELETED((_TARGET, issuer), data={"issuer": before.issuer})
    await recorder.record(tx, fact, cause)
