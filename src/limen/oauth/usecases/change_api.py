"""Register, change and delete resource servers."""

from uuid import UUID

from limen.kernel.errors import NotFound, Stale
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import API_CHANGED, API_CREATED, API_DELETED
from limen.oauth.directory import Directory
from limen.oauth.model.resources import Api, ApiSettings, check_api
from limen.oauth.ports import ApiStore


async def register_api(
    tx: Tx,
    identifier: str,
    chosen: ApiSettings,
    cause: Cause,
    *,
    issuer: str,
    apis: ApiStore,
    directory: Directory,
    recorder: Recorder,
) -> Api:
    """Raises Invalid, and UniqueConflict for an identifier that is taken."""
    check_api(identifier, chosen, issuer=issuer)
    api = new_id()
    await apis.add(tx, api, identifier, chosen)
    await directory.forget_apis(tx)
    fact = API_CREATED(("api", api), data={"identifier": identifier})
    await recorder.record(tx, fact, cause)
    return await get_api(tx, api, apis=apis)


async def get_api(tx: Tx, api: UUID, *, apis: ApiStore) -> Api:
    """Raises NotFound."""
    found = await apis.find(tx, api)
    if found is None:
        raise NotFound("no such API")
    return found


async def change_api(
    tx: Tx,
    api: UUID,
    chosen: ApiSettings,
    cause: Cause,
    *,
    version: int | None,
    issuer: str,
    apis: ApiStore,
    directory: Directory,
    recorder: Recorder,
) -> Api:
    """Replace what its owner chooses; the identifier never changes.

    Raises NotFound, Invalid, Stale, having changed nothing.
    """
    before = await get_api(tx, api, apis=apis)
    if version is not None and version != before.version:
        raise Stale("If-Match")
    check_api(before.identifier, chosen, issuer=issuer)
    if not await apis.change(tx, api, before.version, chosen):
        raise Stale("changed meanwhile")
    await directory.forget_apis(tx)
    await recorder.record(tx, API_CHANGED(("api", api)), cause)
    return await get_api(tx, api, apis=apis)


async def delete_api(
    tx: Tx,
    api: UUID,
    cause: Cause,
    *,
    apis: ApiStore,
    directory: Directory,
    recorder: Recorder,
) -> None:
    """Raises NotFound.  Tokens for it live out their time: it is their audience that checks."""
    before = await get_api(tx, api, apis=apis)
    await apis.remove(tx, api)
    await directory.forget_apis(tx)
    fact = API_DELETED(("api", api), data={"identifier": before.identifier})
    await recorder.record(tx, fact, cause)
