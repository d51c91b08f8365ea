"""Write down what a person allows a client: one live grant, which only grows until revoked."""

from uuid import UUID

from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.oauth.model.details import remembered
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
    remember: bool = True,
) -> UUID:
    """Return the grant that covers `request` from now on, with all that it held before.

    Without `remember` it only carries the tokens of this request: what it covers stays.
    What is asked each time is never remembered.

    The live grant is held first, so that what two units add is not lost.  Raises
    UniqueConflict where another unit was first to make one: repeat the unit.
    """
    asked = frozenset(request.consent_scope)
    resources = frozenset(request.resources)
    details = () if request.asks_always else request.authorization_details
    held = await grants.hold(tx, user, client)
    if held is None:
        new = Allowed(new_id(), asked, resources, details=details)
        await grants.add(tx, new.id, user, client, new if remember else Allowed(new.id))
        return new.id
    if remember and not held.covers(request):
        wider = Allowed(
            held.id,
            held.scope | asked,
            held.resources | resources,
            details=remembered(held.details, details),
        )
        await grants.extend(tx, wider)
    return held.id
