"""What the rest of oauth may use of the policy."""

from typing import Protocol

from limen.kernel.events import EventType
from limen.kernel.uow import Reader
from limen.oauth.options import OAuthPolicy

OAUTH_POLICY_CHANGED = EventType(
    "oauth_policy.changed", "What the tenant asks of its applications was changed."
)


class Policies(Protocol):
    async def of(self, reader: Reader) -> OAuthPolicy:
        """Return the policy of the reader's tenant (cached); the defaults where none is stored."""
        ...
