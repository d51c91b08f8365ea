"""Replace what an application registered (RFC 7592 §2.2)."""

from dataclasses import fields

from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import Client, NewClient
from limen.oauth.clients import StoredClients
from limen.oauth.model.credentials import SECRET_METHODS
from limen.oauth.registration.errors import InvalidClientMetadata, InvalidRegistrationToken
from limen.oauth.registration.model.metadata import keeping
from limen.oauth.registration.ports import RegistrationStore
from limen.oauth.registration.usecases.register import Submitted
from limen.platform.crypto import digest_of, new_secret

_FIXED = frozenset({"type", "registered", "metadata_url"})
_ADMINISTRATORS = frozenset({
    "skip_consent", "audiences", "access_token_alg", "access_token_lifetime",
    "refresh_token_lifetime", "origins",
})  # fmt: skip


async def replace_metadata(
    tx: Tx,
    client: Client,
    new: NewClient,
    cause: Cause,
    *,
    digest: bytes,
    clients: StoredClients,
    registrations: RegistrationStore,
) -> Submitted:
    """Change the client to what `new` says, and its registration access token for another.

    What only an administrator chooses stays.  Raises InvalidRegistrationToken where another
    request was first, InvalidClientMetadata where it would become a client of another type,
    Invalid, having changed nothing.
    """
    if new.type != client.type:
        hint = "An application stays of its type; register another one."
        raise InvalidClientMetadata(new.type, hint=hint, reason="type_changed")
    _check_secret(client, new)
    access_token = new_secret()
    if not await registrations.replace_token(tx, client.id, digest, digest_of(access_token)):
        raise InvalidRegistrationToken("changed", reason="registration_token_invalid")
    names = {field.name for field in fields(NewClient)} - _FIXED - _ADMINISTRATORS
    changes: dict[str, object] = {name: getattr(new, name) for name in sorted(names)}
    changes["options"] = keeping(new.options, client.options)
    changed = await clients.change(tx, client.id, changes, cause)
    return Submitted(changed, None, access_token)


def _check_secret(client: Client, new: NewClient) -> None:
    """A secret is made with a client alone: nothing changes to a method that lacks its own."""
    has = client.auth_method in SECRET_METHODS
    signs = "client_secret_jwt" in (client.auth_method, new.auth_method)
    if new.auth_method == client.auth_method or new.auth_method not in SECRET_METHODS:
        return
    if not has or signs:
        hint = "token_endpoint_auth_method: there is no such secret; register another application."
        raise InvalidClientMetadata(str(new.auth_method), hint=hint, reason="secret_missing")
