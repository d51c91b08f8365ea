"""How the parameters came: pushed or signed, where client or tenant ask for it (R016, R018)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest, RegistrationNotSupported


def check(asked: Asked) -> Mapping[str, object]:
    options, given = asked.client.options, asked.given
    must_push = (
        options.require_pushed_authorization_requests
        or asked.policy.require_pushed_authorization_requests
    )
    if must_push and not given.pushed:
        hint = "This client must push its authorization requests (RFC 9126)."
        raise InvalidRequest("not pushed", hint=hint, reason="not_pushed")
    if options.require_signed_request_object and not given.signed:
        hint = "This client must send a signed request object (RFC 9101)."
        raise InvalidRequest("not signed", hint=hint, reason="not_signed")
    if given.parameters.get("registration") is not None:
        raise RegistrationNotSupported
    return {}
