"""max_age: how many seconds ago the person may have signed in at most (Core §3.1.2.1)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest


def check(asked: Asked) -> Mapping[str, object]:
    text = asked.parameters.get("max_age")
    if text is None:
        return {"max_age": asked.client.options.default_max_age}
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise InvalidRequest("max_age", hint="max_age must be a whole number of seconds.")
    return {"max_age": int(text)}
