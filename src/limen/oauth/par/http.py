"""POST /oauth2/par (RFC 9126 §2)."""

from dataclasses import dataclass

import msgspec

from limen.kernel.errors import Refusal, TooMany
from limen.oauth.api import AUTHORIZATION_REFUSED, Client
from limen.oauth.authorize.asked import Given
from limen.oauth.authorize.reader import RequestReader, registered
from limen.oauth.bindings import Bindings
from limen.oauth.client_auth import ClientAuthenticator
from limen.oauth.dpop.errors import InvalidDpopProof
from limen.oauth.errors import InvalidRequest
from limen.oauth.http.protocol import (
    JSON,
    NO_STORE,
    Progress,
    RefusalLog,
    back_channel,
    read_form,
)
from limen.oauth.par.pushed import PushedRequests
from limen.oauth.parameters import Parameters
from limen.platform.http.messages import Request, Response
from limen.platform.http.origin import bucket
from limen.platform.limits import Limit, Limiter

_encode = msgspec.json.Encoder().encode
_OF_THE_CLIENT = ("client_secret", "client_assertion", "client_assertion_type")


class PushAnswer(msgspec.Struct, frozen=True):
    """RFC 9126 §2.2; `expires_in` is in seconds."""

    request_uri: str
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParEndpoint:
    authenticator: ClientAuthenticator
    reader: RequestReader
    pushed: PushedRequests
    bindings: Bindings
    refusals: RefusalLog
    limiter: Limiter
    limit: Limit

    async def __call__(self, request: Request) -> Response:
        progress = Progress()
        try:
            answer = await self._respond(request, progress)
        except Refusal as refusal:
            return await self.refusals.answer(request, AUTHORIZATION_REFUSED, refusal, progress)
        return Response(201, _encode(answer), JSON, list(NO_STORE))

    async def _respond(self, request: Request, progress: Progress) -> PushAnswer:
        """Judge the request now as it will be judged when it is used (§2.1)."""
        sent = await read_form(request)
        progress.client = sent.get("client_id")
        client = await self.authenticator.authenticate(back_channel(request, sent))
        progress.client = client
        self._check_limit(request, client)
        if sent.get("request_uri") is not None:
            raise InvalidRequest("request_uri", hint="A request_uri cannot be pushed.")
        asked = _asked(sent, client)
        store, tenant = request.store, request.tenant
        given = await self.reader.find(store, tenant, client, asked)
        redirect_uri = registered(given.parameters, client)
        if redirect_uri is None:
            hint = "The redirect_uri is none of those registered."
            raise InvalidRequest("redirect_uri", hint=hint, reason="redirect_uri_mismatch")
        given = Given(await self._bound(request, given.parameters), True, given.signed)
        await self.reader.read(store, tenant, client, given, redirect_uri)
        uri = await self.pushed.keep(store, client, given)
        return PushAnswer(uri, int(self.pushed.lifetime_for(client).total_seconds()))

    def _check_limit(self, request: Request, client: Client) -> None:
        """A public client proves nothing: what is kept in its name is counted by address.

        Raises TooMany.
        """
        key, limit = f"par:{request.tenant.id}:{client.id}", self.limit
        if client.is_public:
            key = f"{key}:{bucket(request.client_ip)}"
            limit = Limit(self.pushed.settings.public_per_minute, 60)
        wait = self.limiter.take(key, limit)
        if wait:
            raise TooMany(f"pushed requests of {client.id}", retry_after=int(wait) + 1)

    async def _bound(self, request: Request, asked: Parameters) -> Parameters:
        """Bind the code to the key that is proven here (RFC 9449 §10.1)."""
        jkt = await self.bindings.key_of_request(request)
        if jkt is None:
            return asked
        if asked.get("dpop_jkt") not in (None, jkt):
            raise InvalidDpopProof("dpop_jkt", hint="dpop_jkt names another key than the proof.")
        return Parameters({**asked.values, "dpop_jkt": jkt}, asked.resources)


def _asked(sent: Parameters, client: Client) -> Parameters:
    """Return what is asked, without how the client proved itself."""
    values = {name: value for name, value in sent.values.items() if name not in _OF_THE_CLIENT}
    values["client_id"] = client.client_id
    return Parameters(values, sent.resources)
