"""Session Management 1.0, for the clients that ask for it: is the person still the same?

The browser keeps a state that scripts of ours may read; a client's page asks a hidden frame of
ours whether it is still the one that its `session_state` was made of.  Browsers that keep
cookies apart by site show the frame no state, so that it always says `changed`: a client then
has to ask again (prompt=none), and learns by the back channel where it can.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from limen.kernel.errors import NotFound
from limen.kernel.uow import Reader
from limen.oauth.api import Client
from limen.oauth.model.redirects import origin_of
from limen.oauth.ports import ClientStore, Snapshots
from limen.platform.crypto import new_secret
from limen.platform.http.cookies import STATE, cookie_name, state_cookie
from limen.platform.http.messages import Request, Response
from limen.platform.templating import Pages

PAGE: Final = "/oauth2/session"
_MOST: Final = 100
_CHUNK: Final = 200


def session_state(request: Request, client: Client, session: UUID, uri: str) -> tuple[str, str]:
    """Return what the answer to the client says (§2), and the cookie that it is compared with."""
    mark = request.keyring.mac("session_management", session.bytes)
    state = urlsafe_b64encode(mark).rstrip(b"=").decode()
    salt = new_secret()[:16]
    text = f"{client.client_id} {origin_of(uri)} {state} {salt}"
    return f"{sha256(text.encode()).hexdigest()}.{salt}", state_cookie(request, state)


@dataclass(frozen=True, slots=True)
class CheckSession:
    """GET /oauth2/session: the frame.  There is none where no client asks for it (A091)."""

    clients: ClientStore
    snapshots: Snapshots
    pages: Pages

    async def __call__(self, request: Request) -> Response:
        found = await self._origins(request.store)
        if not found:
            raise NotFound("no client uses session management")
        ancestors = " ".join(found) if len(found) <= _MOST else "https:"
        response = self.pages.render(
            request,
            "oauth/session.html",
            csp={"frame-ancestors": ancestors},
            cookie=cookie_name(request.tenant.issuer, STATE),
        )
        response.headers.append((b"cross-origin-opener-policy", b"unsafe-none"))
        response.headers.append((b"x-frame-options", b"ALLOWALL"))  # frame-ancestors says who
        return response

    async def _origins(self, reader: Reader) -> list[str]:
        """Return who may load the frame; a change of a client is seen within a minute."""

        async def load() -> list[str]:
            origins: dict[str, None] = {}
            after: UUID | None = None
            while page := await self.clients.list_after(reader, after, _CHUNK):
                for client in page:
                    origins |= dict.fromkeys(_origins_of(client))
                after = page[-1].id
            return list(origins)

        return await self.snapshots.get(reader, "session_frames", "all", load)


def _origins_of(client: Client) -> list[str]:
    if not client.enabled or not client.options.session_management:
        return []
    return [origin_of(uri) for uri in client.redirect_uris if uri.startswith("http")]
