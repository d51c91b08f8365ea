"""urn:openid:params:grant-type:ciba: the client comes for its tokens (CIBA Core §10.1, §11)."""

from typing import ClassVar

from limen.oauth.api import ClientType
from limen.oauth.ciba import model
from limen.oauth.decoupled.polling import PolledStore, Polling
from limen.oauth.errors import UnauthorizedClient
from limen.oauth.grants import GrantServices, TokenAnswer, TokenRequest


class CibaGrant:
    grant_type: ClassVar[str] = model.GRANT_TYPE
    client_types: ClassVar[frozenset[ClientType]] = frozenset({"web", "m2m"})

    def __init__(self, services: GrantServices, requests: PolledStore) -> None:
        self._polling = Polling(services, requests, "auth_req_id")

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        if model.mode_of(request.client) == "push":
            raise UnauthorizedClient("push", reason="ciba_push_polls")
        return await self._polling.answer(request, request.parameters.need("auth_req_id"))
