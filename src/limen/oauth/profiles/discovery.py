"""What discovery says less of where a tenant has a profile: nothing that would be refused."""

from collections.abc import Mapping
from typing import Final, cast

from limen.oauth.options import Profile
from limen.oauth.profiles.model import STRONG_ALGS, is_signing, is_strict
from limen.oauth.profiles.registration import METHODS

_OF_CLIENTS: Final = (
    "token_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_methods_supported",
)


def narrowed(document: Mapping[str, object], profile: Profile) -> dict[str, object]:
    """Return the document as it holds for the tenant's profile (FAPI 2.0 SP §5.3.2.1-1)."""
    found = dict(document)
    if not is_strict(profile):
        return found
    for name in _OF_CLIENTS:
        found[name] = _among(found.get(name), METHODS)
    for name in document:
        if name.endswith("signing_alg_values_supported"):
            found[name] = _among(found[name], STRONG_ALGS)
    found["response_types_supported"] = ["code"]
    found["require_pushed_authorization_requests"] = True
    found["request_uri_parameter_supported"] = False
    if is_signing(profile):
        modes = cast("list[str]", found["response_modes_supported"])
        found["response_modes_supported"] = [mode for mode in modes if mode.endswith("jwt")]
        found["require_signed_request_object"] = True
    return found


def _among(values: object, allowed: tuple[str, ...]) -> list[str]:
    return [one for one in cast("list[str]", values or []) if one in allowed]
