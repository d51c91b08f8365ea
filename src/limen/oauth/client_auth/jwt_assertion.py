"""private_key_jwt and client_secret_jwt: a signed assertion in the form (RFC 7523 §2.2).

One file for both, since a request does not say which it is: the registration does, and with
it whether keys or the secret are looked at (A095).
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from limen.kernel.vault import CannotOpen
from limen.oauth.api import Client
from limen.oauth.client_auth.claims import SKEW, Expected, check_assertion, claimed_client
from limen.oauth.client_auth.presented import BackChannel, MethodServices, Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient
from limen.oauth.keysets import source_of
from limen.oauth.profiles.model import STRONG_ALGS, is_strict, profile_of
from limen.oauth.usecases.add_secret import place_of
from limen.platform.jose.algorithms import ALGS
from limen.platform.jose.foreign import Unverified, check_typ, read
from limen.platform.jose.verify import InvalidToken

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPS: Final = (None, "jwt", "client-authentication+jwt")
SECRET_ALG: Final = "HS256"  # noqa: S105 - the name of an algorithm
KIND: Final = "client_assertion"


class PresentedAssertion(Presented, frozen=True, kw_only=True):
    """`token` is `proof`, parsed once."""

    token: Unverified


class JwtAssertion:
    def __init__(self, services: MethodServices) -> None:
        self.names = frozenset({"private_key_jwt", "client_secret_jwt"})
        self._services = services
        self._longest = services.settings.assertion_lifetime.total_seconds()

    def find(self, asked: BackChannel) -> Presented | None:
        kind, assertion = (
            asked.form.get("client_assertion_type"),
            asked.form.get("client_assertion"),
        )
        if kind is None and assertion is None:
            return None
        if kind != TYPE or assertion is None:
            raise InvalidClient("assertion type", reason="client_auth_malformed")
        try:
            token = read(assertion)
            if "client_id" in asked.form and token.claims.get("iss") != token.claims.get("sub"):
                return None  # a workload's token, of federated_jwt
            client_id = claimed_client(token.claims)
        except InvalidToken as error:
            raise InvalidClient(error.reason, reason="client_assertion_malformed") from error
        if asked.form.get("client_id", client_id) != client_id:
            raise InvalidClient("another client_id", reason="client_assertion_client_id")
        return PresentedAssertion(client_id, assertion, "assertion", token=token)

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        """True, or raises InvalidClient with the reason; the first use of its jti alone counts."""
        client = record.client
        if not client.enabled:  # before anything is fetched or kept for it
            raise InvalidClient("disabled", reason="client_disabled")
        token = cast("PresentedAssertion", presented).token
        policy = await self._services.policies.of(asked.store)
        strict = is_strict(profile_of(client.options, policy))
        try:
            claims = await self._claims(token, record, asked, strict=strict)
            now = self._services.clock.now().timestamp()
            jti, exp = check_assertion(claims, self._expected(client, asked, strict=strict), now)
        except InvalidToken as error:
            reason = f"client_assertion_{error.reason.partition(':')[0]}"
            raise InvalidClient(error.reason, reason=reason) from error
        ends = datetime.fromtimestamp(exp + SKEW, UTC)
        if not await self._services.replays.claim(asked.store, KIND, f"{client.id}:{jti}", ends):
            raise InvalidClient("jti seen", reason="client_assertion_replayed")
        return True

    async def _claims(
        self, token: Unverified, record: ClientRecord, asked: BackChannel, *, strict: bool
    ) -> Mapping[str, Any]:
        client = record.client
        alg = client.options.token_endpoint_auth_signing_alg
        if client.auth_method == "client_secret_jwt":
            return await self._signed_by_secret(token, record, asked)
        algs = (alg,) if alg else STRONG_ALGS if strict else ALGS
        keys = self._services.keysets
        return await keys.verify(source_of(client), token, algs=algs, typs=TYPS)

    async def _signed_by_secret(
        self, token: Unverified, record: ClientRecord, asked: BackChannel
    ) -> Mapping[str, Any]:
        """Every live secret is tried, the old one too while it still works (R053)."""
        if token.header.alg != SECRET_ALG:
            raise InvalidToken("alg")
        check_typ(token.header, TYPS)
        now = self._services.clock.now()
        keyring = await self._services.vault.keyring(asked.store)
        found = False
        for known in record.secrets:
            if known.sealed is None or (known.expires_at is not None and now >= known.expires_at):
                continue
            try:
                secret = keyring.open(place_of(known.id), known.sealed)
            except CannotOpen as error:
                raise InvalidToken("sealed") from error
            mac = hmac.digest(secret, token.message, "sha256")
            found |= hmac.compare_digest(mac, token.signature)
        if not found:
            raise InvalidToken("signature")
        return token.claims

    def _expected(self, client: Client, asked: BackChannel, *, strict: bool) -> Expected:
        """We are known by our issuer, and by the endpoints that were asked (RFC 7523 §3.3).

        PAR and others take the token endpoint's URL too (RFC 9126 §2).  Under a FAPI profile,
        the client's or the tenant's, the issuer is the only audience (R052).
        """
        audiences = [asked.tenant.issuer]
        for base in (asked.tenant.issuer, self._alias(asked)):
            if base is not None:
                audiences += [f"{base}/oauth2/token", f"{base}{asked.endpoint}"]
        return Expected(client.client_id, tuple(audiences), self._longest, strict)

    def _alias(self, asked: BackChannel) -> str | None:
        url = self._services.mtls.url
        return None if url is None else url + asked.tenant.path


method = JwtAssertion
