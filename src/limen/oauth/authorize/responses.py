"""Sending the answer of an authorization request: plain, or as one token (JARM)."""

from dataclasses import dataclass
from typing import Final

from limen.kernel.clock import Clock
from limen.oauth.api import Client
from limen.oauth.authorize.answers import Reply
from limen.oauth.encrypting import Encrypter
from limen.oauth.errors import CannotEncrypt, RequestUnreadable
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.tokens import ID_TYP, Person, Tokens
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.jose.sign import sign
from limen.platform.templating import Pages
from limen.sessions.api import Session

LIFETIME: Final = 60
"""Seconds that a signed answer is valid: as long as its code (JARM §2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    keys: SigningKeys
    tokens: Tokens
    pages: Pages
    encrypter: Encrypter
    clock: Clock

    async def check(self, client: Client, wanted: AuthorizationRequest) -> None:
        """Raise CannotEncrypt before a code is made that could not be given."""
        if "id_token" in wanted.response_type:
            await self.tokens.check_client(client)

    async def id_token(
        self,
        request: Request,
        client: Client,
        session: Session,
        *,
        nonce: str | None,
        code: str,
        state: str | None,
    ) -> str:
        """Return the front channel's ID token: who signed in, and no other claim (R045)."""
        person = Person(
            user=session.user,
            grant=None,
            auth_time=int(session.authenticated_at.timestamp()),
            acr=session.acr,
            amr=session.amr,
            session=session.id,
        )
        return await self.tokens.id_token(
            request.store, request.tenant, client=client, person=person, nonce=nonce, claims={},
            code=code, state=state,
        )  # fmt: skip

    async def send(
        self, request: Request, client: Client, reply: Reply, content: dict[str, str]
    ) -> Response:
        if reply.is_signed:
            content = {"response": await self._signed(request, client, content)}
        if reply.carrier != "form_post":
            return redirect(reply.location(content))
        return self.pages.render(
            request, "oauth/form_post.html", csp={"form-action": reply.origin}, client=client,
            reply=reply, content=content,
        )  # fmt: skip

    async def _signed(self, request: Request, client: Client, content: dict[str, str]) -> str:
        """Return the answer as a token for the client alone (JARM §2.1)."""
        alg = client.options.authorization_signed_response_alg or client.id_token_alg
        key = await self.keys.signing(request.store, alg)
        expires = int(self.clock.now().timestamp()) + LIFETIME
        signed = sign(key, ID_TYP, {**content, "aud": client.client_id, "exp": expires})
        try:
            return await self.encrypter.seal(client, "authorization", signed)
        except CannotEncrypt as error:  # not even this can be said there
            raise RequestUnreadable(error.detail, hint=error.shown) from error
