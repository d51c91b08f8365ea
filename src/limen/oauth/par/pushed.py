"""Keeping what was pushed: one use, for its client, for a short while (R016, A019)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from limen.kernel.one_time import OneTime
from limen.kernel.uow import Store, Tx
from limen.oauth.api import Client
from limen.oauth.authorize.asked import Given
from limen.oauth.errors import InvalidRequestUri
from limen.oauth.par.settings import ParSettings
from limen.oauth.parameters import Parameters
from limen.oauth.profiles.model import PUSHED_LIFETIME, is_strict
from limen.platform.crypto import new_secret

KIND: Final = "pushed_request"
URN: Final = "urn:ietf:params:oauth:request_uri:"


class Pushed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The parameters as they count; every rule is applied again when they are used."""

    client: UUID
    values: dict[str, str]
    resources: tuple[str, ...] = ()
    signed: bool = False


@dataclass(frozen=True, slots=True)
class PushedRequests:
    one_time: OneTime
    settings: ParSettings

    async def keep(self, store: Store, client: Client, given: Given) -> str:
        """Return the request_uri, a handle of 256 bits of which only the hash is stored."""
        handle = new_secret()
        payload = Pushed(
            client=client.id,
            values=dict(given.parameters.values),
            resources=given.parameters.resources,
            signed=given.signed,
        )

        async def work(tx: Tx) -> None:
            lifetime = self.lifetime_for(client)
            await self.one_time.issue(tx, KIND, payload, lifetime=lifetime, secret=handle)

        await store.transact(work)
        return URN + handle

    def lifetime_for(self, client: Client) -> timedelta:
        """Return how long this client's requests wait: below ten minutes under FAPI 2.0."""
        if not is_strict(client.options.profile):
            return self.settings.lifetime
        return min(self.settings.lifetime, timedelta(seconds=PUSHED_LIFETIME))

    async def take(self, store: Store, client: Client, uri: str) -> Given:
        """Use a pushed request.  Exactly one caller gets it, and only its own client.

        Raises InvalidRequestUri; what another client tries is not used up.
        """
        handle = uri.removeprefix(URN)

        async def work(tx: Tx) -> Pushed:
            entry = await self.one_time.consume(tx, KIND, handle, Pushed)
            if entry is None:
                raise InvalidRequestUri("unknown or expired", reason="pushed_request_unknown")
            if entry.payload.client != client.id:
                raise InvalidRequestUri("another client's", reason="pushed_request_foreign")
            if entry.consumed_at is not None:
                raise InvalidRequestUri("used before", reason="pushed_request_used")
            return entry.payload

        found = await store.transact(work)
        return Given(Parameters(found.values, found.resources), pushed=True, signed=found.signed)
