"""ID-JAGs: who somebody is, for another domain's authorization server (the draft's §4, §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from limen.kernel.ids import UserId, new_id
from limen.kernel.uow import Tx
from limen.oauth.api import TOKEN_ISSUED
from limen.oauth.assertions.believing import ID_JAG_TYP
from limen.oauth.encrypting import Encrypter
from limen.oauth.errors import InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget
from limen.oauth.exchange import model
from limen.oauth.exchange.parties import Party, unacceptable
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.scopes import parse_scope, render_scope
from limen.oauth.options import CrossApp
from limen.oauth.subjects import Subjects
from limen.oauth.tokens import ID_TYP, Person
from limen.platform.jose.sign import sign

LIFETIME: Final = 300
"""Seconds: it is exchanged for an access token at once."""
_EMAIL: Final = "email"


@dataclass(frozen=True, slots=True)
class _Asked:
    app: CrossApp
    scope: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Jags:
    """`id_lifetime` is in seconds."""

    services: GrantServices
    keys: SigningKeys
    subjects: Subjects
    encrypter: Encrypter
    id_lifetime: int

    async def issue(
        self, request: TokenRequest, subject: Party, act: model.Act | None
    ) -> TokenAnswer:
        """Return an ID-JAG for one of the audiences that the client is registered for.

        Raises InvalidTarget, InvalidScope, InvalidRequest.
        """
        user = subject.user
        if user is None or subject.client_id != request.client.client_id:
            raise unacceptable("not_of_this_client", "subject")
        asked = _asked(request)
        now = int(self.services.clock.now().timestamp())
        expires_at = min(now + LIFETIME, subject.expires_at)
        token = new_id()
        claims: dict[str, object] = {
            "iss": request.tenant.issuer,
            "sub": subject.sub,
            "aud": asked.app.audience,
            "client_id": asked.app.client_id,
            "jti": str(token),
            "iat": now,
            "exp": expires_at,
            **_known(subject, act),
            **await self._email(request, subject),
        }
        if asked.scope:
            claims["scope"] = render_scope(asked.scope)
        if asked.resources:
            claims["resource"] = asked.resources
        data = {"grant": model.GRANT_TYPE, "token": str(token), "scope": asked.scope,
                "issued_token_type": model.ID_JAG, "audience": asked.app.audience}  # fmt: skip
        fact = TOKEN_ISSUED(("client", request.client.id), data=data, person=UserId(user))

        async def work(tx: Tx) -> None:
            for principal in subject.principals:
                refusal = await self.services.gate.refusal(tx, principal)
                if refusal is not None:
                    raise InvalidGrant(refusal, reason=refusal)
            await self.services.recorder.record(tx, fact, request.cause)

        await request.store.transact(work)
        key = await self.keys.signing(request.store, request.client.id_token_alg)
        return TokenAnswer(
            access_token=sign(key, ID_JAG_TYP, claims),
            expires_in=expires_at - now,
            scope=render_scope(asked.scope),
            token_type="N_A",  # noqa: S106 - no access token (RFC 8693 §2.2.1)
            issued_token_type=model.ID_JAG,
        )

    async def _email(self, request: TokenRequest, subject: Party) -> Mapping[str, object]:
        """The other side may find the person by it, where the person lets the client see it."""
        if _EMAIL not in subject.scope or subject.user is None:
            return {}
        user = await self.services.users.find(request.store, UserId(subject.user))
        address = user.primary_email if user else None
        if address is None or address.verified_at is None:
            return {}
        return {"email": address.address, "email_verified": True}

    async def identity(
        self, request: TokenRequest, person: Person, more: Mapping[str, object], expires_at: int
    ) -> tuple[str, int]:
        """Return an ID token for the client and its lifetime: no longer than `expires_at`."""
        now = int(self.services.clock.now().timestamp())
        client = request.client
        lifetime = client.options.id_token_lifetime or self.id_lifetime
        expires_at = min(expires_at, now + lifetime)
        claims: dict[str, object] = {
            "iss": request.tenant.issuer,
            "sub": await self.subjects.of(request.store, client, person.user),
            "aud": client.client_id,
            "azp": client.client_id,
            "iat": now,
            "exp": expires_at,
            "auth_time": person.auth_time,
            "acr": person.acr,
            "amr": person.amr,
            **more,
        }
        if person.session is not None:
            sid = await self.subjects.session(request.store, client, person.session)
            claims["sid"] = str(sid)
        key = await self.keys.signing(request.store, client.id_token_alg)
        signed = sign(key, ID_TYP, claims)
        return await self.encrypter.seal(client, "id_token", signed), expires_at - now


def _asked(request: TokenRequest) -> _Asked:
    """Return what is asked, within what the client is registered for."""
    parameters = request.parameters
    if len(parameters.audiences) != 1:
        hint = "Name one audience: the issuer of the other authorization server."
        raise InvalidRequest("audience", hint=hint, reason="audience_missing")
    audience = parameters.audiences[0]
    apps = (a for a in request.client.options.cross_app_access if a.audience == audience)
    app = next(apps, None)
    if app is None:
        raise InvalidTarget(f"{audience[:200]!r}", reason="target_not_allowed")
    if not set(parameters.resources) <= set(app.resources):
        raise InvalidTarget("resource", reason="target_not_allowed")
    text = parameters.get("scope")
    scope = app.scopes if text is None else parse_scope(text)
    if not set(scope) <= set(app.scopes):
        raise InvalidScope("wider than registered", reason="scope_widened")
    return _Asked(app, scope, parameters.resources)


def _known(subject: Party, act: model.Act | None) -> dict[str, object]:
    found: dict[str, object] = {
        "auth_time": subject.auth_time,
        "acr": subject.acr,
        "amr": subject.amr or None,
        "act": act,
    }
    return {name: value for name, value in found.items() if value is not None}
