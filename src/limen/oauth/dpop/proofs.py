"""The proof of one request: its form, what it is for, how old it is, and that it is the first."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from limen.kernel.clock import Clock
from limen.kernel.errors import Malformed
from limen.kernel.replays import Replays
from limen.oauth.dpop.errors import InvalidDpopProof, UseDpopNonce
from limen.oauth.dpop.model import AHEAD, Proof, check_age, check_request, read_proof
from limen.oauth.dpop.nonces import Nonces
from limen.oauth.dpop.settings import DpopSettings
from limen.platform.crypto import equal
from limen.platform.http.messages import Request

_KIND = "dpop"
_NONCE = b"dpop-nonce"


class Proofs:
    """Believes a proof once, across processes and restarts (R030)."""

    def __init__(
        self, replays: Replays, clock: Clock, settings: DpopSettings, *, alias: str | None = None
    ) -> None:
        """`alias` is the base URL where endpoints answer clients with certificates, too."""
        self._replays, self._clock, self._settings = replays, clock, settings
        self._alias = alias
        self._nonces = Nonces(clock, settings.nonce_lifetime)

    def presented(self, request: Request) -> str | None:
        """Return the DPoP header.  Raises InvalidDpopProof if it is repeated (§4.3, 1)."""
        try:
            return request.header(b"dpop")
        except Malformed as error:
            hint = "There is more than one DPoP header."
            raise InvalidDpopProof("repeated", hint=hint) from error

    async def verify(
        self, request: Request, text: str, *, token: str | None = None, jkt: str | None = None
    ) -> str:
        """Return the thumbprint of the key that signed the proof `text` of this request.

        `token` is the access token that it must be for, `jkt` the key that it must be by.  Its
        jti is used up last, so that nobody's is but by the key's own holder.
        Raises InvalidDpopProof, UseDpopNonce.
        """
        proof = read_proof(text)
        check_request(proof, method=request.method, urls=self._urls(request), token=token)
        if jkt is not None and not equal(proof.jkt, jkt):
            hint = "The DPoP proof is by another key than the token is bound to."
            raise InvalidDpopProof("another key", hint=hint, reason="dpop_key_mismatch")
        expires_at = self._check_time(request, proof)
        key = f"{proof.jkt} {proof.jti}"
        if not await self._replays.claim(request.store, _KIND, key, expires_at):
            hint = "The DPoP proof was used before."
            raise InvalidDpopProof("jti", hint=hint, reason="dpop_proof_replayed")
        return proof.jkt

    def _urls(self, request: Request) -> tuple[str, ...]:
        """Return the addresses of the request; its Host header chooses none."""
        url = request.tenant.issuer + request.path
        if self._alias is None:
            return (url,)
        return url, self._alias + urlsplit(request.tenant.issuer).path + request.path

    def _check_time(self, request: Request, proof: Proof) -> datetime:
        """Return until when the proof would be accepted again; a nonce of ours is checked too."""
        settings, now = self._settings, self._clock.now()
        if settings.nonce_required or proof.nonce is not None:
            request.effects.append((_NONCE, self._nonces.current(request.keyring).encode()))
            if proof.nonce is None or not self._nonces.is_fresh(request.keyring, proof.nonce):
                raise UseDpopNonce("nonce", reason="dpop_nonce")
        lifetime = settings.proof_lifetime
        check_age(proof, now=now.timestamp(), lifetime=lifetime.total_seconds())
        return datetime.fromtimestamp(proof.iat, UTC) + lifetime + timedelta(seconds=AHEAD)
