"""Calling the client back: a ping that says when to ask, or a push of the answer (CIBA §10.2-10.3).

Everything is read when it is sent, so that nothing leaves for whom it may not leave any more.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from limen.kernel.deliveries import Deliveries, Delivery, Post, Result, Sending
from limen.kernel.uow import Store, Tx
from limen.kernel.vault import CannotOpen, Vault
from limen.oauth.api import Client
from limen.oauth.ciba.model import mode_of
from limen.oauth.ciba.ports import Outgoing, RequestStore
from limen.oauth.ciba.push import Pushed, Pushing
from limen.oauth.ciba.usecases.ask import Notice, place_of
from limen.oauth.directory import Directory
from limen.oauth.options import DeliveryMode

PING: Final = "ciba.ping"
PUSH: Final = "ciba.push"
_JSON: Final = "application/json"


class About(msgspec.Struct, frozen=True):
    """A delivery's payload: which request it tells of."""

    request: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    requests: RequestStore
    directory: Directory
    deliveries: Deliveries
    vault: Vault
    pushing: Pushing

    def register(self) -> None:
        self.deliveries.register(PING, self.ping, self.settled)
        self.deliveries.register(PUSH, self.push, self.settled)

    async def tell(self, tx: Tx, request: UUID, client: UUID, mode: DeliveryMode) -> None:
        """Queue the call back in the unit of the decision; whoever polls is told nothing."""
        if mode == "poll":
            return
        record = await self.directory.client_by_id(tx, client)
        address = record and record.client.options.backchannel_client_notification_endpoint
        if not address:
            return
        kind = PING if mode == "ping" else PUSH
        delivery = Delivery(
            kind=kind, url=address, payload=About(request), subject=request, receiver=client
        )
        await self.deliveries.enqueue(tx, delivery)

    async def ping(self, store: Store, sending: Sending) -> Post | None:
        """Say that the answer is there; it is fetched from the token endpoint."""
        found = await self._outgoing(store, sending)
        if found is None:
            return None
        outgoing, client, notice = found
        if outgoing.state == "redeemed":  # it was asked for already
            return None
        body = msgspec.json.encode({"auth_req_id": notice.auth_req_id})
        return self._post(client, notice, body)

    async def push(self, store: Store, sending: Sending) -> Post | None:
        """Send tokens, or why there are none."""
        found = await self._outgoing(store, sending)
        if found is None:
            return None
        outgoing, client, notice = found
        pushed = Pushed(_request_of(sending), notice.auth_req_id, client, outgoing)
        return self._post(client, notice, await self.pushing.body(store, pushed))

    async def settled(self, tx: Tx, sending: Sending, result: Result) -> None:
        """Forget what was told, or could not be told."""
        del result
        await self.requests.forget_answer(tx, _request_of(sending))

    async def _outgoing(
        self, store: Store, sending: Sending
    ) -> tuple[Outgoing, Client, Notice] | None:
        """Return what is to be told to whom, None where nobody shall be told any more."""
        request = _request_of(sending)
        outgoing = await self.requests.outgoing(store, request)
        if outgoing is None or outgoing.notice is None:
            return None
        if not await self.pushing.may_speak(store):
            return None
        record = await self.directory.client_by_id(store, outgoing.client_id)
        if record is None or not record.client.enabled or mode_of(record.client) == "poll":
            return None
        keyring = await self.vault.keyring(store)
        try:
            plain = keyring.open(place_of(request, "notice"), outgoing.notice)
        except CannotOpen:
            return None
        return outgoing, record.client, msgspec.json.decode(plain, type=Notice)

    def _post(self, client: Client, notice: Notice, body: bytes) -> Post:
        headers = (("authorization", f"Bearer {notice.token}"),)
        url = client.options.backchannel_client_notification_endpoint
        return Post(body, _JSON, headers, url)


def _request_of(sending: Sending) -> UUID:
    return msgspec.json.decode(sending.payload, type=About).request
