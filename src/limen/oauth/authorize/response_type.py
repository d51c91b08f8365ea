"""response_type: `code`, for clients that may have codes; never a token (R015, R046, A013)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import UnauthorizedClient, UnsupportedResponseType


def check(asked: Asked) -> Mapping[str, object]:
    if asked.parameters.need("response_type") != "code":
        raise UnsupportedResponseType
    if "authorization_code" not in asked.client.grant_types:
        raise UnauthorizedClient("no code grant", reason="grant_type_not_allowed")
    return {}
