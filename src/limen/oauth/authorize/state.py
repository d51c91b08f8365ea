"""state and nonce: the client's own values, given back as they came."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest

_MAX_NONCE = 1024


def check(asked: Asked) -> Mapping[str, object]:
    nonce = asked.parameters.get("nonce")
    if nonce is not None and len(nonce) > _MAX_NONCE:
        raise InvalidRequest("nonce", hint="The nonce is too long.")
    return {"state": asked.parameters.get("state"), "nonce": nonce}
