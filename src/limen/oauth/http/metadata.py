"""Discovery (OpenID Connect Discovery 1.0, RFC 8414) and JWKS: bytes made once, with an ETag."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, cast

import msgspec

from limen.oauth.authorize.prompt import PROMPTS
from limen.oauth.authorize.response_mode import RESPONSE_MODES
from limen.oauth.authorize.response_type import RESPONSE_TYPES
from limen.oauth.directory import Directory
from limen.oauth.feature import Announce, AnnounceRealm, Realm
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.claims import SCOPE_OF
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.model.resources import Catalog
from limen.oauth.model.scopes import IDENTITY_SCOPES
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.api import Policies
from limen.oauth.profiles.discovery import narrowed
from limen.platform.http.messages import Request, Response
from limen.platform.jose.encryption import CONTENT_ALGS, KEY_ALGS

_CACHE: Final = (b"cache-control", b"public, max-age=300")
_MOST: Final = 2048


@dataclass(frozen=True, slots=True)
class _Document:
    """A document, with what it was made of."""

    body: bytes
    etag: bytes
    policy: OAuthPolicy
    catalog: Catalog


class Metadata:
    """Both documents are one: what RFC 8414 and OpenID ask for does not conflict.

    It changes with the tenant, its policy and its APIs, and is kept until one of them does.
    """

    def __init__(
        self,
        keys: SigningKeys,
        *,
        grant_types: Sequence[str],
        auth_methods: Sequence[str],
        acr_values: Sequence[str],
        announced: Sequence[Announce] = (),
        of_realm: Sequence[AnnounceRealm] = (),
        policies: Policies,
        directory: Directory,
    ) -> None:
        self._keys, self._policies, self._directory = keys, policies, directory
        self._of_realm = of_realm
        self._grant_types, self._auth_methods = sorted(grant_types), sorted(auth_methods)
        self._acr_values, self._announced = list(acr_values), announced
        self._documents: dict[tuple[str, int], _Document] = {}

    async def discovery(self, request: Request) -> Response:
        tenant = request.tenant
        key = (tenant.issuer, tenant.version)
        policy = await self._policies.of(request.store)
        catalog = await self._directory.catalog(request.store)
        known = self._documents.get(key)
        if known is None or known.policy is not policy or known.catalog is not catalog:
            if len(self._documents) >= _MOST:
                self._documents.clear()
            body = msgspec.json.encode(self.document(Realm(tenant.issuer, policy, catalog)))
            known = self._documents[key] = _Document(body, etag_of(body), policy, catalog)
        return _cached(request, known.body, known.etag)

    async def jwks(self, request: Request) -> Response:
        published = await self._keys.published(request.store)
        return _cached(request, published.jwks, published.etag.encode())

    def document(self, realm: Realm) -> dict[str, object]:
        document = self._own(realm.issuer)
        said = [announce(realm.issuer) for announce in self._announced]
        said += [announce(realm) for announce in self._of_realm]
        for part in said:
            for name, value in part.items():
                document[name] = _joined(document.get(name), value)
        return narrowed(document, realm.policy.profile)

    def _own(self, issuer: str) -> dict[str, object]:
        secret_methods = [name for name in self._auth_methods if name != "none"]
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/oauth2/authorize",
            "token_endpoint": f"{issuer}/oauth2/token",
            "userinfo_endpoint": f"{issuer}/oauth2/userinfo",
            "jwks_uri": f"{issuer}/oauth2/jwks",
            "introspection_endpoint": f"{issuer}/oauth2/introspect",
            "revocation_endpoint": f"{issuer}/oauth2/revoke",
            "end_session_endpoint": f"{issuer}/oauth2/logout",
            "scopes_supported": list(IDENTITY_SCOPES),
            "response_types_supported": list(RESPONSE_TYPES),
            "response_modes_supported": list(RESPONSE_MODES),
            "grant_types_supported": self._grant_types,
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": self._auth_methods,
            "introspection_endpoint_auth_methods_supported": secret_methods,
            "revocation_endpoint_auth_methods_supported": self._auth_methods,
            "subject_types_supported": ["public", "pairwise"],
            "id_token_signing_alg_values_supported": list(ALGORITHMS),
            "id_token_encryption_alg_values_supported": list(KEY_ALGS),
            "id_token_encryption_enc_values_supported": list(CONTENT_ALGS),
            "userinfo_signing_alg_values_supported": list(ALGORITHMS),
            "userinfo_encryption_alg_values_supported": list(KEY_ALGS),
            "userinfo_encryption_enc_values_supported": list(CONTENT_ALGS),
            "introspection_signing_alg_values_supported": list(ALGORITHMS),
            "introspection_encryption_alg_values_supported": list(KEY_ALGS),
            "introspection_encryption_enc_values_supported": list(CONTENT_ALGS),
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp",
                "at_hash", "sid", *SCOPE_OF,
            ],
            "claim_types_supported": ["normal"],
            "acr_values_supported": self._acr_values,
            "prompt_values_supported": list(PROMPTS),
            "display_values_supported": ["page"],
            "claims_parameter_supported": True,
            "request_parameter_supported": True,
            "request_uri_parameter_supported": True,
            "require_request_uri_registration": True,
            "request_object_signing_alg_values_supported": list(ALGORITHMS),
            "request_object_encryption_alg_values_supported": list(KEY_ALGS),
            "request_object_encryption_enc_values_supported": list(CONTENT_ALGS),
            "require_signed_request_object": False,
            "authorization_signing_alg_values_supported": list(ALGORITHMS),
            "authorization_encryption_alg_values_supported": list(KEY_ALGS),
            "authorization_encryption_enc_values_supported": list(CONTENT_ALGS),
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip


def _joined(before: object, value: object) -> object:
    if isinstance(before, list) and isinstance(value, list):
        return list(dict.fromkeys(cast("list[object]", [*before, *value])))
    return value


def etag_of(body: bytes) -> bytes:
    return b'"%s"' % sha256(body).hexdigest()[:32].encode()


def _cached(request: Request, body: bytes, etag: bytes) -> Response:
    headers = [_CACHE, (b"etag", etag)]
    wanted = request.header(b"if-none-match")
    if wanted is not None and etag.decode() in wanted:
        return Response(304, b"", None, headers)
    return Response(200, body, b"application/json", headers)
