"""Logout tokens: made when they are sent, so that each try has a fresh one."""

from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.deliveries import Post, Result, Sending
from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import TenantId, UserId, new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx
from limen.oauth.directory import Directory
from limen.oauth.keys.api import SigningKeys
from limen.oauth.logouts.api import LOGOUT_DELIVERED, LOGOUT_FAILED
from limen.oauth.logouts.model import TYP, Told, logout_claims
from limen.oauth.subjects import Subjects
from limen.platform.jose.sign import sign
from limen.tenancy.api import Tenants

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutPosts:
    """Renders deliveries, and records how they ended."""

    directory: Directory
    tenants: Tenants
    keys: SigningKeys
    subjects: Subjects
    recorder: Recorder
    clock: Clock

    async def render(self, store: Store, sending: Sending) -> Post | None:
        """Return the post of a logout token (Back-Channel Logout 1.0 §2.5).

        None where the client is gone, or wants to hear nothing any more.  A disabled one is
        told all the same: its sessions should end more than anybody's.
        """
        told = msgspec.json.decode(sending.payload, type=Told)
        record = await self.directory.client_by_id(store, told.client)
        uri = record and record.client.options.backchannel_logout_uri
        if record is None or uri is None:
            return None
        try:
            tenant = await self.tenants.get(TenantId(store.tenant))
        except NotFound:
            return None
        client = record.client
        claims = logout_claims(
            issuer=tenant.issuer,
            client_id=client.client_id,
            subject=await self.subjects.of(store, client, told.user),
            session=await self.subjects.session(store, client, told.session),
            token=new_id(),
            now=int(self.clock.now().timestamp()),
        )
        key = await self.keys.signing(store, client.id_token_alg)
        body = urlencode({"logout_token": sign(key, TYP, claims)}).encode()
        return Post(body, _FORM, url=uri)

    async def settled(self, tx: Tx, sending: Sending, result: Result) -> None:
        if result.status not in ("delivered", "failed"):
            return
        told = msgspec.json.decode(sending.payload, type=Told)
        kind = LOGOUT_DELIVERED if result.status == "delivered" else LOGOUT_FAILED
        data: dict[str, object] = {
            "session": str(told.session),
            "delivery": str(sending.id),
            "attempts": result.attempts,
            "answered": result.answered,
        }
        fact = kind(
            ("client", told.client), data=data, person=UserId(told.user), reason=result.error
        )
        await self.recorder.record(tx, fact, Cause())
