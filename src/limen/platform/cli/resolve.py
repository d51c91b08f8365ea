"""From what people type (an address, a name) to the id that the API wants."""

from uuid import UUID

from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.operations import Operations

_MOST = 10_000


def is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def resolve(operations: Operations, listing: str, text: str, *fields: str) -> str:
    """Return the id of the one object whose `fields` (exact filters of the list) are `text`.

    An id is returned as it is.  Raises CliError when there is none, or more than one.
    """
    if is_id(text):
        return text.lower()
    found = [
        item["id"]
        for field in fields
        for item in operations.list_(listing, limit=2, query={field: text})
    ]
    return _only(set(found), listing, text)


def search(operations: Operations, listing: str, text: str, field: str) -> str:
    """As `resolve`, for lists that have no such filter: all of them are looked through."""
    if is_id(text):
        return text.lower()
    every = operations.list_(listing, limit=_MOST)
    return _only({item["id"] for item in every if item[field] == text}, listing, text)


def _only(ids: set[str], listing: str, text: str) -> str:
    if not ids:
        noun = listing.split(".", 1)[0].removesuffix("s")
        raise CliError(f"there is no {noun} {text!r} in this tenant.", Exit.NOT_FOUND)
    if len(ids) > 1:
        raise CliError(f"{text!r} is not unique; use the id.", Exit.CONFLICT)
    return ids.pop()


def user_id(operations: Operations, text: str) -> str:
    """Return the id of a person by id, e-mail address or username."""
    field = "email" if "@" in text else "username"
    return resolve(operations, "users.list", text, field)


def client_id(operations: Operations, text: str) -> str:
    """Return the id of an application by client id or name."""
    return search(operations, "clients.list", text, "name")
