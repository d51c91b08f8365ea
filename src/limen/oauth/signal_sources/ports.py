"""What listening needs of others."""

from typing import Protocol

from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Store


class DemandPassword(Protocol):
    """`authentication.api.Authentication.demand_change`."""

    async def __call__(self, store: Store, *, user: UserId, cause: Cause) -> None: ...
