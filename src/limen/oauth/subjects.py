"""What a client knows a person by (OpenID Connect Core §8)."""

from uuid import UUID

from limen.kernel.uow import Reader
from limen.oauth.api import Client


class Subjects:
    """The one place that makes a `sub`."""

    async def of(self, reader: Reader, client: Client, user: UUID) -> str:  # noqa: ARG002 - public subjects are the same for all
        """Return the `sub` of a person for a client."""
        return str(user)
