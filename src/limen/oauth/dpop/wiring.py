"""What discovery says of DPoP (RFC 9449 §5.1); `parts.bindings` is what everybody asks."""

from collections.abc import Mapping

from limen.oauth.dpop.model import SUPPORTED
from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.platform.mtls.settings import MtlsSettings


def wire(parts: Parts) -> Feature:
    """Announce the algorithms, and bound tokens where a request can have a certificate at all."""
    found: dict[str, object] = {"dpop_signing_alg_values_supported": list(SUPPORTED)}
    if parts.platform.settings("mtls", MtlsSettings).is_on:  # RFC 8705 §3.3
        found["tls_client_certificate_bound_access_tokens"] = True

    def announce(issuer: str) -> Mapping[str, object]:  # noqa: ARG001 - all tenants' alike
        return found

    return Feature(announce=announce)
