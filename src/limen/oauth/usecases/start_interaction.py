"""Keep an authorization request on the server while a person is asked."""

from datetime import timedelta

from limen.kernel.ids import new_id
from limen.kernel.uow import Store, Tx
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.ports import InteractionStore
from limen.platform.crypto import digest_of, new_secret


async def start_interaction(
    store: Store,
    request: AuthorizationRequest,
    *,
    binding: str,
    lifetime: timedelta,
    interactions: InteractionStore,
) -> str:
    """Return the handle of the kept request; it opens it in this browser only (A013, A069)."""
    handle = new_secret()
    interaction = new_id()

    async def work(tx: Tx) -> None:
        await interactions.add(
            tx,
            interaction,
            request,
            handle=digest_of(handle),
            binding=digest_of(binding),
            lifetime=lifetime,
        )

    await store.transact(work)
    return handle
