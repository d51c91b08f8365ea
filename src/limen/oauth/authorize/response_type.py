"""response_type: `code`, or with an ID token for clients that are registered for it.

Never a token from the front channel, whoever asks (R015, R046, A013).
"""

from collections.abc import Mapping
from typing import Final

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest, UnauthorizedClient, UnsupportedResponseType
from limen.oauth.model.request import ResponseType
from limen.oauth.model.scopes import OPENID, parse_scope
from limen.oauth.parameters import Parameters

_TYPES: Final[Mapping[frozenset[str], ResponseType]] = {
    frozenset({"code"}): "code",
    frozenset({"code", "id_token"}): "code id_token",
}
RESPONSE_TYPES: Final = tuple(_TYPES.values())


def response_type_of(text: str | None) -> ResponseType | None:
    """Return the type, in whichever order it is named (Multiple Response Types §3)."""
    words = (text or "").split(" ")
    return _TYPES.get(frozenset(words)) if len(words) == len(set(words)) else None


def check(asked: Asked) -> Mapping[str, object]:
    kind = response_type_of(asked.parameters.need("response_type"))
    if kind is None:
        raise UnsupportedResponseType
    if "authorization_code" not in asked.client.grant_types:
        raise UnauthorizedClient("no code grant", reason="grant_type_not_allowed")
    registered = map(response_type_of, asked.client.options.response_types)
    if kind not in registered:
        raise UnauthorizedClient(kind, reason="response_type_not_allowed")
    if kind == "code id_token":
        _check_openid(asked.parameters)
    return {"response_type": kind}


def _check_openid(parameters: Parameters) -> None:
    """An ID token needs `openid`, and a nonce that it is bound to (Core §3.3.2.11)."""
    if OPENID not in parse_scope(parameters.get("scope") or ""):
        raise InvalidRequest("no openid", hint="An ID token needs the scope openid.")
    if parameters.get("nonce") is None:
        raise InvalidRequest("no nonce", hint="The parameter nonce is missing.")
