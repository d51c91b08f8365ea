"""Reading an authorization request: one check a file, in the order of `CHECKS`.

First who asks and where the answer goes (`client`, `redirect_uri`): a failure there is a page
and never a redirect (R003, A007).  Everything after is answered at the redirect URI, with
`state` and `iss`.  A check gets what was asked and returns the fields that it settles.
"""

from collections.abc import Callable, Mapping

import msgspec

from limen.oauth.authorize import (
    claims,
    details,
    dpop_jkt,
    hints,
    max_age,
    origin,
    pkce,
    profile,
    prompt,
    resource,
    response_mode,
    response_type,
    scope,
    state,
)
from limen.oauth.authorize.asked import Asked
from limen.oauth.model.request import AuthorizationRequest

Check = Callable[[Asked], Mapping[str, object]]

CHECKS: tuple[Check, ...] = (
    state.check,
    profile.check,
    origin.check,
    response_type.check,
    response_mode.check,
    pkce.check,
    dpop_jkt.check,
    scope.check,
    resource.check,
    details.check,
    prompt.check,
    max_age.check,
    claims.check,
    hints.check,
)


def read_request(asked: Asked) -> AuthorizationRequest:
    """Return the request that every check agreed to.  Raises the OAuthRefusal of the first."""
    fields: dict[str, object] = {
        "client": asked.client.id,
        "redirect_uri": asked.redirect_uri,
    }
    for check in CHECKS:
        fields.update(check(asked))
    return msgspec.convert(fields, AuthorizationRequest)
