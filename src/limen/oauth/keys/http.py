"""The API's handlers for signing keys."""

from collections.abc import Mapping

from limen.oauth.keys.api import SigningKeys
from limen.oauth.keys.views import KeysQuery, RevokeBody, RotateBody, Rotation, view
from limen.platform.http.api import Listings, answer, read_query
from limen.platform.http.messages import Handler, Request, Response


class KeysApi:
    """Handlers by operation; the guard has asked for permission before."""

    def __init__(self, keys: SigningKeys, listings: Listings) -> None:
        self._keys = keys
        self._listings = listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "keys.list": self.list_,
            "keys.rotate": self.rotate,
            "keys.revoke": self.revoke,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, KeysQuery)
        after = await self._listings.after(request, query)
        keys = [
            key
            for key in sorted(await self._keys.list_(request.store), key=lambda key: key.id)
            if (query.status is None or key.status == query.status)
            and (query.alg is None or key.alg == query.alg)
            and (after is None or key.id > after)
        ]
        page = keys[: query.limit]
        last = page[-1].id if len(keys) > query.limit else None
        return await self._listings.answer(request, query, [view(key) for key in page], last)

    async def rotate(self, request: Request) -> Response:
        body = await request.json(RotateBody) if await request.body() else RotateBody()
        keys = await self._keys.rotate(request.store, request.cause, alg=body.alg, at_once=body.now)
        return answer(request, Rotation([view(key) for key in keys]))

    async def revoke(self, request: Request) -> Response:
        body = await request.json(RevokeBody) if await request.body() else RevokeBody()
        kid = request.params["kid"]
        key = await self._keys.revoke(request.store, kid, request.cause, reason=body.reason)
        return answer(request, view(key))
