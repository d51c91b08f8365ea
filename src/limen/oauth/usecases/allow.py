"""Write down what a person allows a client: one live grant, which only grows until revoked."""

from uuid import UUID

from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.oauth.model.interaction import Allowed
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.ports import GrantStore


async def allow(
    tx: Tx,
    request: AuthorizationRequest,
    *,
    user: UUID,
    client: UUID,
    grants: GrantStore,
) -> UUID:
    """Return the grant that covers `request` from now on, with all that it held before.

    The live grant is held first, so that what two units add is not lost.  Raises
    UniqueConflict where another unit was first to make one: repeat the unit.
    """
    asked = frozenset(request.consent_scope)
    resources = frozenset(request.resources)
    held = await grants.hold(tx, user, client)
    if held is None:
        new = Allowed(new_id(), asked, resources)
        await grants.add(tx, new.id, user, client, new)
        return new.id
    if not held.covers(request):
        wider = Allowed(held.id, held.scope | asked, held.resources | resources)
        await grants.extend(tx, wider)
    return held.id
