"""Reading a whole authorization request: at the endpoint and when it is pushed, alike (A009)."""

from dataclasses import dataclass

import msgspec

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.authorize import read_request
from limen.oauth.authorize import redirect_uri as redirect_check
from limen.oauth.authorize.asked import Asked, Given
from limen.oauth.directory import Directory
from limen.oauth.errors import InvalidRequest, RedirectUriMismatch
from limen.oauth.hints import IdTokenHints
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.par.pushed import URN, PushedRequests
from limen.oauth.parameters import Parameters
from limen.oauth.policy.api import Policies
from limen.oauth.request_objects.objects import RequestObjects
from limen.oauth.settings import OAuthSettings
from limen.oauth.subjects import Subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReader:
    directory: Directory
    hints: IdTokenHints
    subjects: Subjects
    policies: Policies
    pushed: PushedRequests
    objects: RequestObjects
    settings: OAuthSettings

    async def find(self, store: Store, tenant: Tenant, client: Client, sent: Parameters) -> Given:
        """Return the parameters that count: those sent, pushed before, or of a request object.

        Raises InvalidRequestUri, InvalidRequestObject; a pushed request is used up by it.
        """
        text, uri = sent.get("request"), sent.get("request_uri")
        if text is None and uri is None:
            return Given(sent)
        if text is not None and uri is not None:
            hint = "request and request_uri exclude each other."
            raise InvalidRequest("request and request_uri", hint=hint)
        if uri is not None and uri.startswith(URN):
            return await self.pushed.take(store, client, uri)
        if uri is not None:
            text = await self.objects.fetch(tenant, client, uri)
        policy = await self.policies.of(store)
        return await self.objects.open(store, tenant, client, policy, text or "")

    async def read(
        self, store: Store, tenant: Tenant, client: Client, given: Given, redirect_uri: str
    ) -> AuthorizationRequest:
        """Return the request that every check agreed to.  Raises the OAuthRefusal of the first."""
        asked = Asked(
            given=given,
            client=client,
            redirect_uri=redirect_uri,
            catalog=await self.directory.catalog(store),
            issuer=tenant.issuer,
            acr_values=self.settings.acr_values,
            policy=await self.policies.of(store),
            hinted=await self._hinted(store, tenant, given.parameters, client),
        )
        return await self._of_person(store, client, read_request(asked))

    async def _of_person(
        self, store: Store, client: Client, request: AuthorizationRequest
    ) -> AuthorizationRequest:
        """Let the request name its person as we do; what names nobody is not anybody's."""
        if request.subject is None:
            return request
        user = await self.subjects.find(store, client, request.subject)
        return msgspec.structs.replace(request, subject=str(user))

    async def _hinted(
        self, store: Store, tenant: Tenant, parameters: Parameters, client: Client
    ) -> str | None:
        hint = parameters.get("id_token_hint")
        if hint is None:
            return None
        claims = await self.hints.read(store, tenant, hint)
        return claims.sub if claims is not None and claims.aud == client.client_id else ""


def registered(parameters: Parameters, client: Client) -> str | None:
    """Return the redirect URI where it is one of the client's, None for any other."""
    try:
        return redirect_check.check(parameters, client)
    except RedirectUriMismatch:
        return None
