"""From what people type (an address, a name) to the id that the API wants."""

from uuid import UUID

from limen.platform.cli.errors import CliError, Exit
from limen.platform.cli.operations import Operations


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
    found: dict[str, str] = {}
    for field in fields:
        for item in operations.list_(listing, limit=2, query={field: text}):
            found[item["id"]] = field
    if not found:
        noun = listing.split(".", 1)[0].removesuffix("s")
        raise CliError(f"there is no {noun} {text!r} in this tenant.", Exit.NOT_FOUND)
    if len(found) > 1:
        raise CliError(f"{text!r} is not unique; use the id.", Exit.CONFLICT)
    return next(iter(found))


def user_id(operations: Operations, text: str) -> str:
    """Return the id of a person by id, e-mail address or username."""
    field = "email" if "@" in text else "username"
    return resolve(operations, "users.list", text, field)
