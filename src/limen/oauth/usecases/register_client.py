"""Register a client, with its first secret where it is confidential (R053, R055)."""

from limen.kernel.errors import FieldError, Invalid
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Tx
from limen.kernel.vault import Vault
from limen.oauth.api import CLIENT_CREATED, Client, NewClient
from limen.oauth.directory import Directory
from limen.oauth.model.client_ids import id_of_url
from limen.oauth.model.credentials import SECRET_METHODS
from limen.oauth.model.registration import Configuration, GrantTypes, complete
from limen.oauth.model.resources import Catalog
from limen.oauth.policy.api import Policies
from limen.oauth.ports import ApiStore, ClientStore
from limen.oauth.profiles.requests import check_registration
from limen.oauth.usecases.add_secret import add_secret


async def register_client(
    tx: Tx,
    new: NewClient,
    cause: Cause,
    *,
    clients: ClientStore,
    apis: ApiStore,
    directory: Directory,
    policies: Policies,
    recorder: Recorder,
    installed: GrantTypes,
    vault: Vault,
) -> tuple[Client, str | None]:
    """Return the client and its secret, shown once (None without one).

    Raises Invalid with every wrong field, having changed nothing.
    """
    configuration = complete(new, installed)
    check_registration(configuration, await policies.of(tx))
    await check_names(tx, configuration, apis)
    secret = None
    client = id_of_url(new.metadata_url) if new.metadata_url else new_id()
    await clients.add(tx, client, new, configuration)
    if configuration.auth_method in SECRET_METHODS:
        method = configuration.auth_method
        _, secret = await add_secret(tx, client, method, clients=clients, vault=vault)
    await directory.forget_client(tx, client)
    made = await clients.find(tx, client)
    if made is None:  # pragma: no cover - it was added in this unit
        raise LookupError(client)
    data: dict[str, object] = {
        "type": made.type,
        "grant_types": made.grant_types,
        "scopes": made.scopes,
    }
    if made.registered != "managed":
        data |= {"registered": made.registered, "client_id": made.client_id}
    await recorder.record(tx, CLIENT_CREATED(("client", client), data=data), cause)
    return made, secret


async def check_names(reader: Reader, configuration: Configuration, apis: ApiStore) -> None:
    """Raise Invalid for scopes that nobody offers, and audiences that are no API."""
    catalog = Catalog(await apis.all(reader))
    errors = [
        FieldError(f"scopes[{i}]", "unknown", "no API has this scope")
        for i, scope in enumerate(configuration.scopes)
        if not catalog.knows(scope)
    ]
    errors += [
        FieldError(f"audiences[{i}]", "unknown", "no such API")
        for i, audience in enumerate(configuration.audiences)
        if audience not in catalog.by_identifier
    ]
    if errors:
        raise Invalid(*errors)
