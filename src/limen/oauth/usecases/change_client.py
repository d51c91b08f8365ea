"""Change a client: its configuration, whether it works, its secret; or delete it."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from limen.kernel.errors import Conflict, FieldError, Invalid, NotFound, Stale
from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.kernel.vault import Vault
from limen.oauth.api import (
    CLIENT_CHANGED,
    CLIENT_DELETED,
    CLIENT_DISABLED,
    CLIENT_ENABLED,
    SECRET_ROTATED,
    Client,
)
from limen.oauth.directory import Directory
from limen.oauth.model.credentials import SECRET_METHODS
from limen.oauth.model.registration import GrantTypes, changed
from limen.oauth.model.resources import reach_of
from limen.oauth.policy.api import Policies
from limen.oauth.ports import ApiStore, ClientStore
from limen.oauth.profiles.requests import check_registration
from limen.oauth.usecases.add_secret import SIGNS, add_secret
from limen.oauth.usecases.register_client import check_names
from limen.sessions.api import RefreshTokens


async def get_client(tx: Tx, client: UUID, *, clients: ClientStore) -> Client:
    """Raises NotFound."""
    found = await clients.find(tx, client)
    if found is None:
        raise NotFound("no such client")
    return found


async def change_client(
    tx: Tx,
    client: UUID,
    changes: Mapping[str, object],
    cause: Cause,
    *,
    version: int | None,
    clients: ClientStore,
    apis: ApiStore,
    directory: Directory,
    policies: Policies,
    recorder: Recorder,
    installed: GrantTypes,
) -> Client:
    """Replace the fields named; the whole is checked again.

    Its type never changes.  Raises NotFound, Invalid, Stale, having changed nothing.
    """
    before = await get_client(tx, client, clients=clients)
    if version is not None and version != before.version:
        raise Stale("If-Match")
    configuration = changed(before, changes, installed)
    check_registration(configuration, await policies.of(tx))
    if (configuration.auth_method == "none") != before.is_public:
        message = "a client stays public or confidential"
        raise Invalid(FieldError("auth_method", "not_changeable", message))
    await check_names(tx, configuration, apis)
    name = str(changes.get("name", before.name))
    if not await clients.change(
        tx, client, version=before.version, name=name, configuration=configuration
    ):
        raise Stale("changed meanwhile")
    if before.auth_method == SIGNS != configuration.auth_method:
        await clients.forget_sealed(tx, client)
    await directory.forget_client(tx, client)
    fact = CLIENT_CHANGED(("client", client), data={"fields": sorted(changes)})
    await recorder.record(tx, fact, cause)
    return await get_client(tx, client, clients=clients)


async def switch_client(
    tx: Tx,
    client: UUID,
    cause: Cause,
    *,
    enabled: bool,
    clients: ClientStore,
    directory: Directory,
    recorder: Recorder,
) -> Client:
    """Enable or disable it; the gate refuses its tokens while it is disabled (A033).

    Raises NotFound; Conflict where it is so already.
    """
    await get_client(tx, client, clients=clients)
    if not await clients.enable(tx, client, enabled=enabled):
        raise Conflict("nothing to change", hint="This application is in that state already.")
    await directory.forget_client(tx, client)
    event = CLIENT_ENABLED if enabled else CLIENT_DISABLED
    await recorder.record(tx, event(("client", client)), cause)
    return await get_client(tx, client, clients=clients)


async def rotate_client_secret(
    tx: Tx,
    client: UUID,
    cause: Cause,
    *,
    overlap: timedelta,
    clients: ClientStore,
    directory: Directory,
    recorder: Recorder,
    vault: Vault,
) -> tuple[Client, str]:
    """Return the client and its new secret, shown once.

    The secret until now works for `overlap` more, so that nothing stops; any older one ends
    (R053).  Raises NotFound, and Conflict for a client that proves itself otherwise.
    """
    found = await get_client(tx, client, clients=clients)
    if found.auth_method not in SECRET_METHODS:
        raise Conflict(found.auth_method, hint="This application has no secret.")
    kept, secret = await add_secret(tx, client, found.auth_method, clients=clients, vault=vault)
    await clients.retire_secrets(tx, client, keep=kept, overlap=overlap)
    await directory.forget_client(tx, client)
    await recorder.record(tx, SECRET_ROTATED(("client", client)), cause)
    return found, secret


async def delete_client(
    tx: Tx,
    client: UUID,
    cause: Cause,
    *,
    clients: ClientStore,
    directory: Directory,
    recorder: Recorder,
    refresh_tokens: RefreshTokens,
) -> None:
    """Delete it with its secrets and grants; what it holds stops at once.  Raises NotFound."""
    found = await get_client(tx, client, clients=clients)
    reach = reach_of(found, await directory.catalog(tx))
    await refresh_tokens.revoke_client(tx, client, cause, reason="client_deleted")
    await clients.remove(tx, client)
    await directory.forget_client(tx, client)
    data: dict[str, object] = {"client_id": found.client_id, "audiences": reach}
    await recorder.record(tx, CLIENT_DELETED(("client", client), data=data), cause)
