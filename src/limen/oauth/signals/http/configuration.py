"""What a transmitter says of itself (SSF 1.0 §7)."""

from dataclasses import dataclass

import msgspec

from limen.oauth.http.protocol import JSON
from limen.oauth.signals.model.streams import POLL, PUSH, STREAMS
from limen.oauth.signals.routes import ADD, REMOVE, STATUS, VERIFY
from limen.oauth.signals.settings import SignalSettings
from limen.platform.http.messages import Request, Response


@dataclass(frozen=True, slots=True)
class ConfigurationEndpoint:
    settings: SignalSettings

    async def __call__(self, request: Request) -> Response:
        issuer = request.tenant.issuer
        document = {
            "spec_version": "1_0",
            "issuer": issuer,
            "jwks_uri": f"{issuer}/oauth2/jwks",
            "delivery_methods_supported": [PUSH, POLL],
            "configuration_endpoint": f"{issuer}{STREAMS}",
            "status_endpoint": f"{issuer}{STATUS}",
            "add_subject_endpoint": f"{issuer}{ADD}",
            "remove_subject_endpoint": f"{issuer}{REMOVE}",
            "verification_endpoint": f"{issuer}{VERIFY}",
            "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
            "default_subjects": self.settings.default_subjects,
        }
        headers = [(b"cache-control", b"public, max-age=300")]
        return Response(200, msgspec.json.encode(document), JSON, headers)
