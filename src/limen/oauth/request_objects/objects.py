"""Opening request objects: decrypt, verify by the client's registered keys, read (R017).

Nothing in an object chooses how it is believed: the keys are the client's, never the
header's; `none` and symmetric algorithms do not exist here (A095, A097).
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from limen.kernel.clock import Clock
from limen.kernel.replays import Replays
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Store
from limen.oauth.api import Client
from limen.oauth.authorize.asked import Given
from limen.oauth.errors import InvalidRequestObject, InvalidRequestUri
from limen.oauth.keys.api import SigningKeys
from limen.oauth.keysets import KeySets, source_of
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.options import OAuthPolicy
from limen.oauth.profiles.model import STRONG_ALGS, profile_of
from limen.oauth.profiles.model import is_strict as is_under_fapi
from limen.oauth.request_objects.model import TYPES, check_claims, is_strict, parameters_of
from limen.platform.fetch import Fetcher, FetchFailed
from limen.platform.jose.encryption import decrypt, is_encrypted
from limen.platform.jose.verify import InvalidToken

MAX_SIZE: Final = 16 * 1024
_KEPT_FOR: Final = 60.0
_FAILED_FOR: Final = 10.0  # nobody makes us ask in a loop
_MOST: Final = 200
_ACCEPT: Final = "application/oauth-authz-req+jwt, application/jwt;q=0.9"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestObjects:
    keys: SigningKeys
    keysets: KeySets
    fetcher: Fetcher
    replays: Replays
    clock: Clock
    _kept: "OrderedDict[str, tuple[float, str | None]]" = field(
        default_factory=OrderedDict[str, tuple[float, str | None]]
    )

    async def open(
        self, store: Store, tenant: Tenant, client: Client, policy: OAuthPolicy, text: str
    ) -> Given:
        """Return what the object asks.  Raises InvalidRequestObject."""
        try:
            if is_encrypted(text):
                text = await self._decrypted(store, client, text)
            claims = await self._verified(client, policy, text)
        except InvalidToken as error:
            reason = f"request_object_{error.reason.partition(':')[0]}"
            raise InvalidRequestObject(error.reason, reason=reason) from error
        now, strict = self.clock.now().timestamp(), is_strict(client, policy)
        check_claims(claims, client, issuer=tenant.issuer, now=now, strict=strict)
        if strict and "jti" in claims:
            await self._claim(store, client, claims)
        return Given(parameters_of(claims), signed=True)

    async def _claim(self, store: Store, client: Client, claims: Mapping[str, object]) -> None:
        """Accept an object with a jti once (RFC 9101 §10.2).  Raises InvalidRequestObject."""
        expires = datetime.fromtimestamp(float(str(claims["exp"])), UTC)
        key = f"{client.id}:{claims['jti']}"
        if not await self.replays.claim(store, "request_object", key, expires):
            hint = "The jti of the request object was used before."
            raise InvalidRequestObject("jti", hint=hint, reason="request_object_jti")

    async def _verified(
        self, client: Client, policy: OAuthPolicy, text: str
    ) -> Mapping[str, object]:
        alg = client.options.request_object_signing_alg
        usual = STRONG_ALGS if is_under_fapi(profile_of(client.options, policy)) else ALGORITHMS
        return await self.keysets.verify(
            source_of(client), text, algs=usual if alg is None else (alg,), typs=TYPES,
            max_size=MAX_SIZE,
        )  # fmt: skip

    async def _decrypted(self, reader: Reader, client: Client, text: str) -> str:
        """Return the token inside: it is signed too, whoever could have encrypted it."""
        if len(text) > MAX_SIZE:
            raise InvalidToken("size")
        options = client.options
        alg, enc = options.request_object_encryption_alg, options.request_object_encryption_enc
        if alg is None:
            raise InvalidToken("encryption: not registered")
        keys = await self.keys.decrypting(reader)
        return decrypt(text, keys, algs=(alg,), encs=(enc or "A128CBC-HS256",))

    async def fetch(self, tenant: Tenant, client: Client, uri: str) -> str:
        """Return the object at a registered address, and at no other (A117).

        Raises InvalidRequestUri, which does not say why: the address is the client's choice.
        """
        if uri not in client.options.request_uris:
            raise InvalidRequestUri("not registered", reason="request_uri_not_registered")
        key, now = f"{tenant.id}:{client.id}:{uri}", self.clock.monotonic()
        until, kept = self._kept.get(key, (0.0, None))
        if now >= until:
            kept = await self._fetched(uri)
            until = now + (_FAILED_FOR if kept is None else _KEPT_FOR)
            self._kept[key] = (until, kept)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        if kept is None:
            raise InvalidRequestUri("cannot be had", reason="request_uri_failed")
        return kept

    async def _fetched(self, uri: str) -> str | None:
        """Return what is there, None where it cannot be had: why, its owner is not told."""
        address = uri.partition("#")[0]  # the fragment is only a version (Core §6.2)
        try:
            answer = await self.fetcher.get(address, accept=_ACCEPT, limit_bytes=MAX_SIZE)
            return answer.body.decode("ascii").strip() if answer.status == 200 else None
        except (FetchFailed, UnicodeDecodeError):
            return None
