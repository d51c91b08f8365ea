"""attest_jwt_client_auth: an instance of an app, vouched for by its maker's attester.

draft-ietf-oauth-attestation-based-client-auth-08: two headers.  The attestation is signed by
an attester that the operator named, and binds the client_id to the key of one instance; the
proof of possession is signed with that key, for us, once.  A draft, and off without attesters.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from limen.kernel.errors import Malformed
from limen.oauth.client_auth.claims import LONGEST_JTI, SKEW, numeric_date
from limen.oauth.client_auth.presented import BackChannel, MethodServices, Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient
from limen.oauth.keysets import KeySource
from limen.platform.jose.algorithms import ALGS
from limen.platform.jose.foreign import (
    ForeignKey,
    Unverified,
    check_typ,
    is_signed,
    parse_alg,
    parse_keys,
    read,
)
from limen.platform.jose.verify import InvalidToken

NAME: Final = "attest_jwt_client_auth"
TYP: Final = "oauth-client-attestation+jwt"
POP_TYP: Final = "oauth-client-attestation-pop+jwt"
KIND: Final = "client_attestation"
WINDOW: Final = 300  # seconds that a proof is good for after its iat


class PresentedAttestation(Presented, frozen=True, kw_only=True):
    """Both tokens, parsed and not yet believed."""

    attestation: Unverified
    possession: Unverified


class Attestation:
    def __init__(self, services: MethodServices) -> None:
        self._services = services
        self._attesters = services.settings.attester_keys
        self.names = frozenset({NAME} if self._attesters else ())

    def find(self, asked: BackChannel) -> Presented | None:
        if not self.names:
            return None
        try:
            first = asked.header(b"oauth-client-attestation")
            second = asked.header(b"oauth-client-attestation-pop")
        except Malformed as error:
            raise InvalidClient("repeated", reason="client_auth_malformed") from error
        if first is None and second is None:
            return None
        try:
            attestation, possession = read(first or ""), read(second or "")
        except InvalidToken as error:
            raise InvalidClient(error.reason, reason="client_attestation_malformed") from error
        client_id = attestation.claims.get("sub")
        if not isinstance(client_id, str) or asked.form.get("client_id", client_id) != client_id:
            raise InvalidClient("another client_id", reason="client_attestation_client_id")
        return PresentedAttestation(
            client_id, kind="attestation", attestation=attestation, possession=possession
        )

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        """True, or raises InvalidClient with the reason; the first use of the proof counts."""
        client = record.client
        if not client.enabled:  # before anything is fetched or kept for it
            raise InvalidClient("disabled", reason="client_disabled")
        shown = cast("PresentedAttestation", presented)
        now = self._services.clock.now().timestamp()
        try:
            key = await self._instance_key(shown.attestation, now)
            claims = _signed_by(key, shown.possession)
            jti, ends = self._check_possession(claims, client.client_id, asked.tenant.issuer, now)
        except InvalidToken as error:
            reason = f"client_attestation_{error.reason.partition(':')[0]}"
            raise InvalidClient(error.reason, reason=reason) from error
        until = datetime.fromtimestamp(ends, UTC)
        if not await self._services.replays.claim(asked.store, KIND, f"{client.id}:{jti}", until):
            raise InvalidClient("jti seen", reason="client_attestation_replayed")
        return True

    async def _instance_key(self, attestation: Unverified, now: float) -> ForeignKey:
        """Return the key that the attester binds the instance to (§5.1)."""
        attester = attestation.claims.get("iss")
        uri = self._attesters.get(attester) if isinstance(attester, str) else None
        if uri is None:
            raise InvalidToken("attester")
        keysets = self._services.keysets
        claims = await keysets.verify(KeySource(uri=uri), attestation, algs=ALGS, typs=(TYP,))
        if now >= numeric_date(claims.get("exp"), "exp"):
            raise InvalidToken("expired")
        for name in ("iat", "nbf"):
            if name in claims and numeric_date(claims[name], name) > now + SKEW:
                raise InvalidToken(name)
        confirmed: object = claims.get("cnf")
        jwk = (
            cast("Mapping[str, Any]", confirmed).get("jwk") if isinstance(confirmed, dict) else None
        )
        keys = parse_keys({"keys": [jwk]})
        if len(keys) != 1:
            raise InvalidToken("cnf")
        return keys[0]

    def _check_possession(
        self, claims: Mapping[str, Any], client_id: str, issuer: str, now: float
    ) -> tuple[str, float]:
        """Return its jti, and until when it could be used again (§5.2)."""
        if claims.get("aud") != issuer:
            raise InvalidToken("aud")
        if claims.get("iss", client_id) != client_id:
            raise InvalidToken("iss")
        issued = numeric_date(claims.get("iat"), "iat")
        if not now - WINDOW <= issued <= now + SKEW:
            raise InvalidToken("iat")
        if "exp" in claims and now >= numeric_date(claims["exp"], "exp"):
            raise InvalidToken("expired")
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_JTI:
            raise InvalidToken("jti")
        return jti, issued + WINDOW + SKEW


def _signed_by(key: ForeignKey, token: Unverified) -> Mapping[str, Any]:
    alg = parse_alg(token.header, ALGS)
    check_typ(token.header, (POP_TYP,))
    if not key.serves(alg) or not is_signed(token, (key,), alg):
        raise InvalidToken("possession")
    return token.claims


method = Attestation
