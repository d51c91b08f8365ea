"""federated_jwt: a workload's own token proves the client, and nobody keeps a secret (RFC 7523).

The platform's issuer signs it (a CI system, a cluster); a trusted issuer's link says that it
speaks for this client.  It comes as client_assertion, or is the assertion of a jwt-bearer
request itself; the client is always named, since such a token does not know it.
"""

from datetime import UTC, datetime
from typing import Final

from limen.oauth.assertions.believing import REPLAYS, Believed
from limen.oauth.assertions.model.claims import SKEW
from limen.oauth.client_auth.presented import BackChannel, MethodServices, Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient
from limen.platform.jose.foreign import read
from limen.platform.jose.verify import InvalidToken

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_OTHERS: Final = ("client_secret", "client_assertion_type")


class FederatedJwt:
    def __init__(self, services: MethodServices) -> None:
        self.names = frozenset({"federated_jwt"})
        self._services = services

    def find(self, asked: BackChannel) -> Presented | None:
        form = asked.form
        client_id, assertion = form.get("client_id"), form.get("client_assertion")
        if client_id is None or asked.authorization is not None:
            return None
        if assertion is not None:
            is_ours = form.get("client_assertion_type") == TYPE and not names_itself(assertion)
            return Presented(client_id, assertion, "assertion") if is_ours else None
        if form.get("grant_type") != JWT_BEARER or any(name in form for name in _OTHERS):
            return None
        return Presented(client_id)  # the assertion is looked at once it is the client's method

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        """True, or raises InvalidClient with the reason; nothing here can be guessed."""
        client = record.client
        if not client.enabled:  # before anything is fetched or kept for it
            raise InvalidClient("disabled", reason="client_disabled")
        token = presented.proof or asked.form.get("assertion", "")
        use = "client_assertion" if presented.proof else "grant"
        try:
            believed = await self._services.believing.believe(asked.store, asked.tenant, token, use)
        except InvalidToken as error:
            reason = f"client_assertion_{error.reason.partition(':')[0]}"
            raise InvalidClient(error.reason, reason=reason) from error
        link = believed.issuer.link_for(believed.claims)
        if link is None or link.client != client.id:
            raise InvalidClient("speaks for another", reason="client_assertion_unlinked")
        if presented.proof:  # of a jwt-bearer request the grant uses it up
            await self._use_once(asked, believed)
        return True

    async def _use_once(self, asked: BackChannel, believed: Believed) -> None:
        key = believed.replay_key
        if key is None:
            return
        ends = datetime.fromtimestamp(believed.expires_at + SKEW, UTC)
        if not await self._services.replays.claim(asked.store, REPLAYS, key, ends):
            raise InvalidClient("jti seen", reason="client_assertion_replayed")


def names_itself(assertion: str) -> bool:
    """True for a client's own assertion, whose iss and sub are one (private_key_jwt)."""
    try:
        claims = read(assertion).claims
    except InvalidToken:
        return True  # unreadable: the method of that name says so
    return claims.get("iss") == claims.get("sub")


method = FederatedJwt
