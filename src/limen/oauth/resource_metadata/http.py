"""The documents, each with a signature of the tenant's beside what it says (RFC 9728 §2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.errors import NotFound
from limen.oauth.directory import Directory
from limen.oauth.keys.api import SigningKeys
from limen.oauth.resource_metadata.model import Document, of_api, of_management, of_userinfo
from limen.platform.http.api import path_id
from limen.platform.http.messages import Handler, Request, Response
from limen.platform.jose.sign import sign

ALG: Final = "ES256"
TYP: Final = "protected-resource-metadata+jwt"
_LIFETIME: Final = 24 * 3600
_CACHE: Final = (b"cache-control", b"public, max-age=300")


@dataclass(frozen=True, slots=True)
class ResourceMetadata:
    directory: Directory
    keys: SigningKeys
    clock: Clock

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "resource_metadata.issuer": self.issuer,
            "resource_metadata.management": self.management,
            "resource_metadata.api": self.api,
        }

    async def issuer(self, request: Request) -> Response:
        return await self._answer(request, of_userinfo(request.tenant))

    async def management(self, request: Request) -> Response:
        return await self._answer(request, of_management(request.tenant))

    async def api(self, request: Request) -> Response:
        """Raises NotFound for an API that is not there, or is not published."""
        wanted = path_id(request)
        catalog = await self.directory.catalog(request.store)
        for api in catalog.by_identifier.values():
            if api.id == wanted and api.options.published:
                return await self._answer(request, of_api(request.tenant, api))
        raise NotFound("no published API")

    async def _answer(self, request: Request, document: Document) -> Response:
        key = await self.keys.signing(request.store, ALG)
        now = int(self.clock.now().timestamp())
        claims = {**document, "iss": request.tenant.issuer, "iat": now, "exp": now + _LIFETIME}
        body = msgspec.json.encode({**document, "signed_metadata": sign(key, TYP, claims)})
        return Response(200, body, b"application/json", [_CACHE])
