"""What discovery says of client authentication (RFC 8414 §2, RFC 8705 §5)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from limen.oauth.client_auth.attestation import NAME as ATTESTATION
from limen.oauth.client_auth.jwt_assertion import SECRET_ALG
from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.platform.jose.algorithms import ALGS
from limen.platform.mtls.settings import MtlsSettings

_PLACES: Final = ("token", "introspection", "revocation")
_ALIASED: Final = {
    "token_endpoint": "token",
    "introspection_endpoint": "introspect",
    "revocation_endpoint": "revoke",
    "userinfo_endpoint": "userinfo",
    "pushed_authorization_request_endpoint": "par",
    "device_authorization_endpoint": "device",
    "backchannel_authentication_endpoint": "ciba",
}


def wire(parts: Parts) -> Feature:
    mtls = parts.platform.settings("mtls", MtlsSettings)
    names = {name for method in parts.methods for name in method.names}

    def announce(issuer: str) -> Mapping[str, object]:
        algs = [*ALGS, SECRET_ALG]
        said: dict[str, object] = {
            f"{place}_endpoint_auth_signing_alg_values_supported": algs for place in _PLACES
        }
        if mtls.url is not None:
            base = mtls.url + urlsplit(issuer).path
            said["mtls_endpoint_aliases"] = {
                name: f"{base}/oauth2/{path}" for name, path in _ALIASED.items()
            }
        if ATTESTATION in names:
            for what in ("client_attestation", "client_attestation_pop"):
                said[f"{what}_signing_alg_values_supported"] = list(ALGS)
        return said

    return Feature(announce=announce)
