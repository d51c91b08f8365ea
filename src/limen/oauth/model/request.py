"""An authorization request, read once and whole; and the code that it ends in."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from limen.oauth.model.claims import ClaimsRequest

ResponseType = Literal["code", "code id_token"]
ResponseMode = Literal[
    "query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt"
]
Prompt = Literal["none", "login", "consent", "select_account", "create"]


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a client asks, after every check; kept on the server while a person is asked (A013).

    `max_age` is in seconds.  `subject` is whom an id_token_hint or claim names, `dpop_jkt`
    the only key that may redeem the code (RFC 9449 §10).
    """

    client: UUID
    redirect_uri: str
    challenge: str
    scope: tuple[str, ...]
    response_type: ResponseType = "code"
    response_mode: ResponseMode = "query"
    state: str | None = None
    nonce: str | None = None
    resources: tuple[str, ...] = ()
    prompt: tuple[Prompt, ...] = ()
    max_age: int | None = None
    login_hint: str | None = None
    ui_locales: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    claims: ClaimsRequest = ClaimsRequest()
    subject: str | None = None
    dpop_jkt: str | None = None
    authorization_details: tuple[dict[str, Any], ...] = ()
    asks_always: bool = False

    @property
    def consent_scope(self) -> tuple[str, ...]:
        """What the person is asked to allow: the scopes, and those that asked claims are of."""
        return tuple(dict.fromkeys((*self.scope, *sorted(self.claims.scopes))))


class CodePayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a code is bound to (R023).

    `token` is the jti that its access token will have, so that a replay of the code can
    revoke it (R024).  `auth_time` is in Unix seconds.
    """

    client: UUID
    redirect_uri: str
    challenge: str
    user: UUID
    session: UUID
    grant: UUID
    token: UUID
    scope: tuple[str, ...]
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    resources: tuple[str, ...] = ()
    nonce: str | None = None
    claims: ClaimsRequest = ClaimsRequest()
    dpop_jkt: str | None = None
    authorization_details: tuple[dict[str, Any], ...] = ()
