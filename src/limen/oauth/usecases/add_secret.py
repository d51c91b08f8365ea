"""Make a client's secret: its digest is kept, and itself only where it must sign (R053)."""

from uuid import UUID

from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.kernel.vault import Place, Vault
from limen.oauth.ports import ClientStore
from limen.platform.crypto import digest_of, new_secret

SIGNS = "client_secret_jwt"


def place_of(secret: UUID) -> Place:
    """Return where a secret that signs is sealed."""
    return Place("client_secrets", "sealed", secret)


async def add_secret(
    tx: Tx, client: UUID, auth_method: str, *, clients: ClientStore, vault: Vault
) -> tuple[UUID, str]:
    """Return the id of a new secret and the secret, shown once.

    A client of client_secret_jwt proves that it knows its secret without sending it, so that
    we must know it too: it is sealed beside its digest (docs/decisions/0007).
    """
    made, secret = new_id(), new_secret()
    sealed = None
    if auth_method == SIGNS:
        keyring = await vault.keyring(tx)
        sealed = keyring.seal(place_of(made), secret.encode())
    await clients.add_secret(tx, client, made, digest_of(secret), sealed)
    return made, secret
