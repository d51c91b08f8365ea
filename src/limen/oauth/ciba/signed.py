"""Signed authentication requests (CIBA Core §7.1.1): what is in them alone counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from limen.kernel.clock import Clock
from limen.kernel.replays import Replays
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.errors import InvalidRequest
from limen.oauth.keysets import KeySets, source_of
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.parameters import Parameters
from limen.oauth.request_objects.model import TYPES, parameters_of
from limen.platform.jose.verify import InvalidToken

SKEW: Final = 60
LONGEST: Final = 3600
_AUTHENTICATION: Final = frozenset(
    {"client_id", "client_secret", "client_assertion", "client_assertion_type", "request"}
)
_INTEGERS: Final = ("exp", "iat", "nbf")
_REPLAYS: Final = "ciba_request"


@dataclass(frozen=True, slots=True)
class SignedRequests:
    keysets: KeySets
    replays: Replays
    clock: Clock

    async def open(
        self, store: Store, tenant: Tenant, client: Client, parameters: Parameters
    ) -> Parameters:
        """Return the parameters that count.  Raises InvalidRequest.

        A client that is registered to sign its requests must, and nobody else may: what is not
        signed is refused there, and so is anything beside the object but authentication.
        """
        alg = client.options.backchannel_authentication_request_signing_alg
        text = parameters.get("request")
        if text is None:
            if alg is not None:
                raise _refusal("unsigned", "This client must sign its requests.")
            return parameters
        if alg is None:
            raise _refusal("not registered", "This client is not registered to sign requests.")
        if parameters.resources or not _AUTHENTICATION.issuperset(parameters.values):
            raise _refusal("beside", "Everything must be inside the signed request.")
        claims = await self._verified(client, text, alg)
        await self._check(store, tenant, client, claims)
        return parameters_of(claims)

    async def _verified(self, client: Client, text: str, alg: str) -> Mapping[str, object]:
        if alg not in ALGORITHMS:
            raise _refusal("alg", "The signed request is not valid.")
        try:
            return await self.keysets.verify(source_of(client), text, algs=(alg,), typs=TYPES)
        except InvalidToken as error:
            raise _refusal(error.reason, "The signed request is not valid.") from error

    async def _check(
        self, store: Store, tenant: Tenant, client: Client, claims: Mapping[str, object]
    ) -> None:
        if claims.get("iss") != client.client_id:
            raise _refusal("iss", "The iss of the signed request must be the client_id.")
        aud = claims.get("aud")
        audiences = cast("list[object]", aud) if isinstance(aud, list) else [aud]
        if tenant.issuer not in audiences:
            raise _refusal("aud", "The aud of the signed request must be the issuer.")
        exp, iat, nbf = (_time(claims, name) for name in _INTEGERS)
        now = self.clock.now().timestamp()
        if not now < exp <= now + LONGEST or iat > now + SKEW or nbf > now + SKEW:
            raise _refusal("time", "The signed request has expired, or is not valid yet.")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= 200:
            raise _refusal("jti", "The signed request must hold a jti.")
        key, until = f"{client.id}:{jti}", datetime.fromtimestamp(exp, UTC)
        if not await self.replays.claim(store, _REPLAYS, key, until):
            raise _refusal("replayed", "This signed request was used before.")


def _time(claims: Mapping[str, object], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1 << 40:
        raise _refusal(name, f"The signed request must hold {name}.")
    return value


def _refusal(detail: str, hint: str) -> InvalidRequest:
    return InvalidRequest(f"signed request: {detail}", hint=hint, reason="ciba_request_object")
