"""Tokens for the management API: believing them (kernel.authn), and minting for the CLI."""

from collections.abc import Sequence
from typing import Final

from limen.access.api import Roles
from limen.access.api import Subject as AccessSubject
from limen.identity.api import User
from limen.kernel.clock import Clock
from limen.kernel.errors import FieldError, Invalid, Unauthenticated
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.request import Cause
from limen.kernel.routes import Caller
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.oauth.access_tokens import AccessTokens
from limen.oauth.api import TOKEN_ISSUED, Client
from limen.oauth.bindings import Bindings
from limen.oauth.errors import InvalidToken, OAuthRefusal
from limen.oauth.http.presented import challenge_of, presented
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.access_claims import AccessClaims
from limen.oauth.model.resources import MANAGEMENT_PATH, management_audiences
from limen.oauth.model.scopes import ACCOUNT_SCOPES, is_scope, render_scope
from limen.oauth.settings import OAuthSettings
from limen.oauth.tokens import ACCESS_TYP
from limen.platform.http.messages import Request
from limen.platform.jose.sign import sign

LOCAL_CLI: Final = "local-cli"
"""The client_id of tokens that an operator at the machine minted for a person."""


class TokenRefused(Unauthenticated):
    """Says in the challenge what the protocol calls it."""

    def __init__(self, request: Request, refusal: OAuthRefusal) -> None:
        super().__init__(refusal.detail, hint=None if _is_plain(refusal) else refusal.shown)
        self.challenge = challenge_of(request, refusal)


def _is_plain(refusal: OAuthRefusal) -> bool:
    return isinstance(refusal, InvalidToken) and refusal.shown == InvalidToken.hint


class ManagementBearer:
    """`kernel.authn.BearerAuthenticator`."""

    def __init__(self, access_tokens: AccessTokens, bindings: Bindings) -> None:
        self._access_tokens, self._bindings = access_tokens, bindings

    async def authenticate(self, request: Request) -> Caller:
        """Return the caller of a token that is for this API, genuine, and still stands.

        Raises TokenRefused.
        """
        try:
            return await self._caller(request)
        except OAuthRefusal as refusal:
            raise TokenRefused(request, refusal) from refusal

    async def _caller(self, request: Request) -> Caller:
        scheme, token = presented(request)
        tenant, reader = request.tenant, request.store
        claims = await self._access_tokens.read(reader, tenant, token)
        if claims is None or management_audiences(tenant.issuer).isdisjoint(claims.audiences):
            raise InvalidToken("not for this API")
        await self._bindings.check(request, scheme, token, claims)
        if not await self._access_tokens.stands(reader, claims):
            raise InvalidToken("does not stand")
        return Caller(
            tenant=tenant.id,
            user=claims.user,
            client=claims.principal.client,
            session=claims.kept.session,
            scopes=claims.scopes,
            authenticated_at=claims.auth_time,
            acr=claims.acr,
        )


class MintedTokens:
    """`api.AdminTokens`: no more than what the subject's roles hold is ever written in."""

    def __init__(
        self,
        *,
        keys: SigningKeys,
        roles: Roles,
        recorder: Recorder,
        settings: OAuthSettings,
        clock: Clock,
    ) -> None:
        self._keys, self._roles = keys, roles
        self._recorder, self._clock = recorder, clock
        self._lifetime = int(settings.access_token_lifetime.total_seconds())

    async def mint(
        self,
        store: Store,
        tenant: Tenant,
        *,
        user: User | None,
        client: Client | None,
        scopes: Sequence[str],
        cause: Cause,
    ) -> str:
        """Return a management access token; without `scopes`, of all that the roles hold.

        A person's may always be for their own account.

        Raises Invalid for a scope that is none, or that no role of the subject holds.
        """
        subject = _subject(user, client)
        held = await self._roles.permissions_of(store, subject)
        if user is not None:
            held |= ACCOUNT_SCOPES.keys()
        chosen = tuple(dict.fromkeys(scopes)) or tuple(sorted(held))
        for scope in chosen:
            if not is_scope(scope) or scope not in held:
                message = f"no role of the subject holds {scope!r}"
                raise Invalid(FieldError("scopes", "not_held", message))
        claims = self._claims(tenant, user, client, chosen)
        key = await self._keys.signing(store, "ES256")
        token = sign(key, ACCESS_TYP, claims)
        fact = TOKEN_ISSUED(
            (subject.kind, subject.id),
            data={"grant": "minted", "token": str(claims.jti), "scope": claims.scope},
            person=user.id if user else None,
        )

        async def work(tx: Tx) -> None:
            await self._recorder.record(tx, fact, cause)

        await store.transact(work)
        return token

    def _claims(
        self, tenant: Tenant, user: User | None, client: Client | None, scopes: tuple[str, ...]
    ) -> AccessClaims:
        now = int(self._clock.now().timestamp())
        client_id = client.client_id if client else LOCAL_CLI
        return AccessClaims(
            iss=tenant.issuer,
            sub=str(user.id) if user else client_id,
            aud=tenant.issuer + MANAGEMENT_PATH,
            exp=now + self._lifetime,
            iat=now,
            jti=new_id(),
            client_id=client_id,
            scope=render_scope(scopes),
            auth_time=now if user else None,
        )


def _subject(user: User | None, client: Client | None) -> AccessSubject:
    if user is not None and client is None:
        return AccessSubject("user", user.id)
    if client is not None and user is None:
        return AccessSubject("client", client.id)
    raise Invalid(FieldError("subject", "required", "name a person or a client, and not both"))
