"""Request objects are not supported, and say so (OpenID Connect Core §6.1, RFC 9101)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import (
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
)


def check(asked: Asked) -> Mapping[str, object]:
    """Raises where the query is a copy of something that we would have to ignore (R017)."""
    if asked.parameters.get("request") is not None:
        raise RequestNotSupported
    if asked.parameters.get("request_uri") is not None:
        raise RequestUriNotSupported
    if asked.parameters.get("registration") is not None:
        raise RegistrationNotSupported
    return {}
