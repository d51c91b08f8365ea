"""Let an application register itself (RFC 7591 §3)."""

from dataclasses import dataclass
from uuid import UUID

from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import Client, Clients, NewClient
from limen.oauth.registration.api import CLIENT_SUBMITTED
from limen.oauth.registration.errors import InvalidClientMetadata, InvalidRegistrationToken
from limen.oauth.registration.ports import InitialTokenStore, RegistrationStore
from limen.platform.crypto import digest_of, new_secret


@dataclass(frozen=True, slots=True)
class Submitted:
    """A client with what is shown once: its secret, and the token that manages it."""

    client: Client
    secret: str | None
    access_token: str


async def register(
    tx: Tx,
    new: NewClient,
    cause: Cause,
    *,
    initial: bytes | None,
    most: int,
    clients: Clients,
    registrations: RegistrationStore,
    tokens: InitialTokenStore,
    recorder: Recorder,
) -> Submitted:
    """Use the initial access token of this digest, where there is one, and make the client.

    Raises InvalidRegistrationToken where others were first, InvalidClientMetadata beyond `most`
    clients of this kind, Invalid; then nothing was used and nothing made.
    """
    used = await use(tx, initial, tokens) if initial is not None else None
    if await registrations.count(tx) >= most:
        hint = "No more applications can register themselves here."
        raise InvalidClientMetadata(f"{most} clients", hint=hint, reason="too_many_clients")
    client, secret = await clients.create(tx, new, cause)
    access_token = new_secret()
    await registrations.add(tx, client.id, digest_of(access_token), initial_token=used)
    fact = CLIENT_SUBMITTED(("client", client.id), data={"initial_token": str(used or "")})
    await recorder.record(tx, fact, cause)
    return Submitted(client, secret, access_token)


async def use(tx: Tx, digest: bytes, tokens: InitialTokenStore) -> UUID:
    """Return the token's id.  Raises InvalidRegistrationToken."""
    used = await tokens.use(tx, digest)
    if used is None:
        raise InvalidRegistrationToken("used up meanwhile", reason="initial_token_used")
    return used
