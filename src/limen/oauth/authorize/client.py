"""Who asks: a known, enabled client, or a page (R003)."""

from limen.kernel.uow import Reader
from limen.oauth.api import Client
from limen.oauth.directory import Directory
from limen.oauth.errors import ClientIsDisabled, ClientUnknown
from limen.oauth.parameters import Parameters


async def check(parameters: Parameters, reader: Reader, directory: Directory) -> Client:
    """Return the client.  Raises ClientUnknown, ClientIsDisabled."""
    client_id = parameters.get("client_id")
    record = await directory.client(reader, client_id) if client_id else None
    if record is None:
        raise ClientUnknown("client_id is missing or unknown")
    if not record.client.enabled:
        raise ClientIsDisabled(record.client.client_id)
    return record.client
