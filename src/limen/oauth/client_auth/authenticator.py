"""Which client asks, and whether it is: the same for every back-channel endpoint (R051)."""

from collections.abc import Sequence

from limen.kernel.request import Cause
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.client_auth.presented import BackChannel, Method, Presented
from limen.oauth.directory import Directory
from limen.oauth.errors import InvalidClient, InvalidRequest
from limen.oauth.policy.api import Policies
from limen.oauth.profiles.requests import admit
from limen.risk.api import Attempts

_Found = list[tuple[Method, Presented]]


class ClientAuthenticator:
    """Authenticates the client of a back-channel request (RFC 6749 §2.3)."""

    def __init__(
        self,
        methods: Sequence[Method],
        *,
        directory: Directory,
        attempts: Attempts,
        policies: Policies,
    ) -> None:
        self._methods = tuple(method for method in methods if method.names)  # those that are on
        self._directory = directory
        self._attempts, self._policies = attempts, policies

    async def authenticate(self, asked: BackChannel) -> Client:
        """Return the client, proven unless it is public, as its profile lets it be.

        Only failures are counted, and only of clients that exist, so that nobody can lock a
        client out or fill the store.  Raises InvalidClient, UnauthorizedClient, InvalidRequest,
        TooMany.
        """
        found = self._found(asked)
        client_id = found[0][1].client_id
        record = await self._directory.client(asked.store, client_id)
        if record is None:
            raise InvalidClient("unknown client", reason="client_unknown")
        client = record.client
        method, presented = _chosen(found, client)
        if not await method.proves(presented, record, asked):
            await self._count(asked.store, client, asked.cause)
            raise InvalidClient("wrong secret", reason="client_secret_wrong")
        if not client.enabled:
            raise InvalidClient("disabled", reason="client_disabled")
        return admit(client, await self._policies.of(asked.store))

    def _found(self, asked: BackChannel) -> _Found:
        """Return who finds credentials: of one kind, and of one client."""
        found: _Found = []
        for method in self._methods:
            presented = method.find(asked)
            if presented is None:
                continue
            if found and _is_part_of(presented, found[0][1]):
                continue
            if found and found[0][1] != presented:
                hint = "More than one way of client authentication was used."
                raise InvalidRequest("two methods", hint=hint)
            found.append((method, presented))
        if not found:
            raise InvalidClient("no credentials", reason="client_missing")
        return found

    async def _count(self, store: Store, client: Client, cause: Cause) -> None:
        """Count a wrong secret; raises TooMany where there were too many of them."""
        account = client.client_id
        await self._attempts.admit(store, purpose="client_secret", account=account, cause=cause)
        await self._attempts.failed(
            store, purpose="client_secret", account=account, cause=cause, user=None
        )


def _is_part_of(named: Presented, first: Presented) -> bool:
    """An attestation is in headers, beside a form that only names the client (draft §6.1)."""
    is_beside = first.kind == "attestation" and named.kind == "bare"
    return is_beside and named.client_id == first.client_id


def _chosen(found: _Found, client: Client) -> tuple[Method, Presented]:
    """Return the method that the client is registered for; the request never chooses."""
    for method, presented in found:
        if client.auth_method in method.names:
            return method, presented
    raise InvalidClient("another method", reason="client_auth_method")
