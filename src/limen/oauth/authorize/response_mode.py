"""response_mode: how the answer travels to the redirect URI.

A code alone may go in the query; an ID token never does, since a query is logged and sent on
(Multiple Response Types §3, JARM §2.3).
"""

from collections.abc import Mapping
from typing import Final, cast, get_args

from limen.oauth.authorize.asked import Asked
from limen.oauth.authorize.response_type import response_type_of
from limen.oauth.errors import InvalidRequest
from limen.oauth.model.request import ResponseMode
from limen.oauth.parameters import Parameters

RESPONSE_MODES: Final[tuple[str, ...]] = (*get_args(ResponseMode), "jwt")


def mode_of(parameters: Parameters) -> ResponseMode:
    """Return how to answer, errors too: as asked where we can, else as the type has it."""
    usual: ResponseMode = _usual(parameters)
    return _mode(parameters, usual) or usual


def signed(mode: ResponseMode) -> ResponseMode:
    """Return the mode that carries the same answer as one signed token (JARM §2.3)."""
    return mode if mode.endswith(".jwt") else cast("ResponseMode", f"{mode}.jwt")


def check(asked: Asked) -> Mapping[str, object]:
    mode = _mode(asked.parameters, _usual(asked.parameters))
    if mode is None:
        hint = "This response_mode is unknown, or not allowed with this response_type."
        raise InvalidRequest("response_mode", hint=hint)
    return {"response_mode": mode}


def _usual(parameters: Parameters) -> ResponseMode:
    with_token = response_type_of(parameters.get("response_type")) == "code id_token"
    return "fragment" if with_token else "query"


def _mode(parameters: Parameters, usual: ResponseMode) -> ResponseMode | None:
    wish = parameters.get("response_mode") or usual
    if wish == "jwt":
        wish = f"{usual}.jwt"
    if wish not in RESPONSE_MODES or (wish.startswith("query") and usual != "query"):
        return None
    return cast("ResponseMode", wish)
