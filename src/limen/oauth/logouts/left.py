"""After signing out: a page that asks applications by the front channel, and shows who knows.

The page has an address of its own, so that it can be loaded again; it is one browser's, and
forgotten after half an hour.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from limen.kernel.one_time import OneTime
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Store, Tx
from limen.oauth.api import Left, LogoutRequest, ToldApplication
from limen.oauth.logouts.model import MOST_FRAMES, frame_address, frame_sources, wants_to_know
from limen.oauth.logouts.ports import ParticipantStore
from limen.oauth.logouts.roll import Roll
from limen.oauth.logouts.settings import LogoutSettings
from limen.oauth.subjects import Subjects
from limen.platform.crypto import digest_of, equal, new_secret

KIND: Final = "signed_out"
PAGE: Final = "/signout/done"
_LIFETIME: Final = timedelta(minutes=30)
_MOST: Final = 200


class Page(msgspec.Struct, frozen=True):
    """`binding` is the digest of the browser's secret."""

    session: UUID
    user: UUID
    binding: bytes
    continue_to: str | None
    client: UUID | None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftPages:
    participants: ParticipantStore
    roll: Roll
    subjects: Subjects
    one_time: OneTime
    settings: LogoutSettings

    async def after(
        self, store: Store, tenant: Tenant, session: UUID, asked: LogoutRequest, *, binding: str
    ) -> str | None:
        """Return the page to show once a session has ended, None where there is nothing to show.

        Where an application waits for the person, only what the browser has to do is worth it.
        """
        if asked.continue_to is None:
            found = await self.participants.of_session(store, session, limit=1)
        else:
            found = await self.participants.frontchannel(store, session, 1)
        if not found:
            return None
        handle = new_secret()
        page = Page(
            session=session,
            user=found[0].user_id,
            binding=digest_of(binding),
            continue_to=asked.continue_to,
            client=asked.client.id if asked.client else None,
            languages=asked.languages,
        )

        async def work(tx: Tx) -> None:
            await self.one_time.issue(tx, KIND, page, lifetime=_LIFETIME, secret=handle)

        await store.transact(work)
        return f"{tenant.path}{PAGE}?left={handle}"

    async def find(self, store: Store, tenant: Tenant, handle: str, binding: str) -> Left | None:
        """Return what the page shows now; None for anything that is not this browser's."""
        if not handle or len(handle) > 200:
            return None
        entry = await self.one_time.find(store, KIND, handle, Page)
        if entry is None or not equal(entry.payload.binding, digest_of(binding)):
            return None
        page = entry.payload
        frames = await self._frames(store, page.session)
        return Left(
            applications=await self._applications(store, page),
            frames=tuple(
                frame_address(uri, issuer=tenant.issuer, session=sid) for uri, sid in frames
            ),
            frame_sources=frame_sources(uri for uri, _ in frames),
            continue_to=page.continue_to,
            application=await self._name(store, page.client),
            languages=page.languages,
            wait=int(self.settings.front_channel_wait.total_seconds()),
        )

    async def _frames(self, reader: Reader, session: UUID) -> list[tuple[str, UUID]]:
        """Return the addresses as they are registered now, each with the client's `sid`.

        A session that lives asks nobody.
        """
        found: list[tuple[str, UUID]] = []
        for one in await self.participants.frontchannel(reader, session, MOST_FRAMES):
            record = await self.roll.directory.client_by_id(reader, one.client_id)
            uri = record and record.client.options.frontchannel_logout_uri
            if record and uri and one.ended_at is not None:
                sid = await self.subjects.session(reader, record.client, session)
                found.append((uri, sid))
        return found

    async def _applications(self, reader: Reader, page: Page) -> tuple[ToldApplication, ...]:
        entries = await self.roll.of_session(reader, page.session, limit=_MOST)
        known = [entry.client.id for entry in entries]
        others = await self.roll.others(reader, page.session, page.user, known)
        entries += [entry for entry in others if not wants_to_know(entry.client.options)]
        return tuple(ToldApplication(entry.client.name, entry.standing) for entry in entries)

    async def _name(self, reader: Reader, client: UUID | None) -> str | None:
        record = client and await self.roll.directory.client_by_id(reader, client)
        return record.client.name if record else None
