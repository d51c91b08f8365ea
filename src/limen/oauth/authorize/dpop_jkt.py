"""dpop_jkt: the key that the code is bound to, by its thumbprint (RFC 9449 §10)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest
from limen.oauth.model.pkce import is_challenge


def check(asked: Asked) -> Mapping[str, object]:
    thumbprint = asked.parameters.get("dpop_jkt")
    if thumbprint is not None and not is_challenge(thumbprint):  # SHA-256 in base64url too
        raise InvalidRequest("dpop_jkt", hint="dpop_jkt must be 43 base64url characters.")
    return {"dpop_jkt": thumbprint}
