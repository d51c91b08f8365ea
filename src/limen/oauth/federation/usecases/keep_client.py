"""Make the client of a trust chain, or let the stored one be what the chain says now."""

from dataclasses import fields
from typing import Final

from limen.kernel.events import Recorder
from limen.kernel.request import SYSTEM, Cause
from limen.kernel.uow import Tx
from limen.oauth.api import Client, NewClient
from limen.oauth.clients import StoredClients
from limen.oauth.federation.api import CLIENT_TRUSTED
from limen.oauth.federation.errors import InvalidMetadata
from limen.oauth.federation.ports import Trusted, TrustedStore
from limen.oauth.registration.ports import RegistrationStore

_FIXED: Final = frozenset({
    "type", "registered", "metadata_url", "skip_consent", "audiences", "access_token_alg",
    "access_token_lifetime", "refresh_token_lifetime", "origins",
})  # fmt: skip
"""What an administrator chose, or nobody ever changes."""
_NAMES: Final = sorted({field.name for field in fields(NewClient)} - _FIXED)


async def keep_client(
    tx: Tx,
    new: NewClient,
    known: Client | None,
    trusted: Trusted,
    *,
    most: int,
    clients: StoredClients,
    registrations: RegistrationStore,
    chains: TrustedStore,
    recorder: Recorder,
) -> Client:
    """Raises InvalidMetadata beyond `most` clients and for another type, Invalid, Stale."""
    cause = Cause(SYSTEM)
    if known is None:
        if await registrations.count(tx) >= most:
            raise InvalidMetadata("too many clients", reason="too_many_clients")
        client, _ = await clients.create(tx, new, cause)
    else:
        client = await _changed(tx, new, known, clients=clients)
    await chains.put(tx, trusted)
    data = {"how": trusted.how, "anchor": trusted.anchor, "superiors": trusted.superiors}
    await recorder.record(tx, CLIENT_TRUSTED(("client", client.id), data=data), cause)
    return client


async def _changed(tx: Tx, new: NewClient, known: Client, *, clients: StoredClients) -> Client:
    if known.registered != "federation" or known.type != new.type:
        raise InvalidMetadata("another type", reason="client_type")
    changes: dict[str, object] = {
        name: getattr(new, name)
        for name in _NAMES
        if _plain(getattr(new, name)) != _plain(getattr(known, name))
    }
    return await clients.change(tx, known.id, changes, Cause(SYSTEM)) if changes else known


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] - compared alone
