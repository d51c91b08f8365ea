"""response_mode: how the answer travels to the redirect URI."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest
from limen.oauth.model.request import ResponseMode
from limen.oauth.parameters import Parameters


def mode_of(parameters: Parameters) -> ResponseMode:
    """Return how to answer, errors too: as asked where we can, else in the query."""
    return "form_post" if parameters.get("response_mode") == "form_post" else "query"


def check(asked: Asked) -> Mapping[str, object]:
    wish = asked.parameters.get("response_mode") or "query"
    if wish not in ("query", "form_post"):
        raise InvalidRequest("response_mode", hint="response_mode must be query or form_post.")
    return {"response_mode": wish}
