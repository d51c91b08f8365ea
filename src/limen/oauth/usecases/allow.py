"""Write down what a person allows a client: one live grant, which only grows until revoked."""

from uuid import UUID

from limen.kernel.ids import new_id
from limen.kernel.uow import Tx, UniqueConflict
from limen.oauth.model.interaction import Allowed
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.ports import GrantStore


async def allow(
    tx: Tx,
    request: AuthorizationRequest,
    *,
    user: UUID,
    client: UUID,
    allowed: Allowed | None,
    grants: GrantStore,
) -> UUID:
    """Return the grant that covers `request` from now on.

    Raises UniqueConflict where another unit was first: read again and repeat.
    """
    asked = frozenset(request.consent_scope)
    resources = frozenset(request.resources)
    if allowed is None:
        new = Allowed(new_id(), asked, resources)
        await grants.add(tx, new.id, user, client, new)
        return new.id
    wider = Allowed(allowed.id, allowed.scope | asked, allowed.resources | resources)
    if not await grants.extend(tx, wider):
        raise UniqueConflict("the grant was revoked meanwhile")
    return allowed.id
