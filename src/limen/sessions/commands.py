"""`api.Sessions` and `api.RefreshTokens`: each method hands over to its use case."""

import hmac
from collections.abc import Sequence
from uuid import UUID

from limen.kernel.clock import Clock
from limen.kernel.events import Recorder
from limen.kernel.ids import FamilyId, SessionId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Store, Tx
from limen.kernel.vault import Vault
from limen.platform.crypto import digest_of
from limen.sessions.api import (
    Browser,
    Family,
    Issue,
    NewFamily,
    Refused,
    Rotated,
    Session,
    SessionEnding,
)
from limen.sessions.model import read_token
from limen.sessions.ports import FamilyRows, Managing, Revoked, SessionRows
from limen.sessions.settings import SessionSettings
from limen.sessions.usecases.end_sessions import end_session, end_sessions_of, record_revoked
from limen.sessions.usecases.revoke_families import revoke_families_of_client
from limen.sessions.usecases.rotate_refresh_token import rotate_refresh_token
from limen.sessions.usecases.start_family import start_family
from limen.sessions.usecases.start_session import profile_of, start_session
from limen.sessions.usecases.touch_session import touch_session
from limen.sessions.usecases.views import family_of


class StoredSessions:
    def __init__(
        self,
        rows: SessionRows,
        families: FamilyRows,
        recorder: Recorder,
        clock: Clock,
        settings: SessionSettings,
        *,
        manages: Managing,
    ) -> None:
        self._rows, self._families = rows, families
        self._recorder, self._clock, self._settings = recorder, clock, settings
        self._manages = manages
        self.endings: list[SessionEnding] = []

    async def browser(self, reader: Reader, secret: str) -> Browser | None:
        found = await self._rows.of_browser(reader, digest_of(secret))
        return Browser(secret, tuple(found)) if found else None

    async def start(
        self,
        tx: Tx,
        user: UserId,
        cause: Cause,
        *,
        browser: str | None,
        amr: Sequence[str],
        acr: str,
        remember: bool = False,
    ) -> Browser:
        return await start_session(
            tx, user, cause, browser=browser, amr=amr, acr=acr, remember=remember,
            profile=profile_of(self._settings, manages=await self._manages(tx, user)),
            rows=self._rows, families=self._families, recorder=self._recorder,
            settings=self._settings, endings=self.endings,
        )  # fmt: skip

    async def promoted(self, tx: Tx, user: UUID) -> None:
        """The person administers from now on: no session of theirs lasts longer than allowed."""
        settings = self._settings
        await self._rows.shorten(
            tx, user, lifetime=settings.administrator_session_lifetime,
            idle=settings.administrator_session_idle_timeout,
        )  # fmt: skip

    async def choose(self, tx: Tx, secret: str, session: SessionId) -> Browser | None:
        if not await self._rows.choose(tx, session, digest_of(secret)):
            return None
        return await self.browser(tx, secret)

    async def touch(self, store: Store, session: Session) -> None:
        await touch_session(store, session, rows=self._rows, now=self._clock.now())

    async def end(self, tx: Tx, session: SessionId, cause: Cause, *, reason: str) -> bool:
        return await end_session(
            tx, session, cause, reason=reason, endings=self.endings,
            rows=self._rows, families=self._families, recorder=self._recorder,
        )  # fmt: skip

    async def end_all(
        self, tx: Tx, user: UserId, cause: Cause, *, reason: str, keep: SessionId | None = None
    ) -> int:
        return await end_sessions_of(
            tx, user, cause, reason=reason, keep=keep, endings=self.endings,
            rows=self._rows, families=self._families, recorder=self._recorder,
        )  # fmt: skip

    async def find(self, reader: Reader, session: SessionId) -> Session | None:
        return await self._rows.find(reader, session)

    async def list_of(self, reader: Reader, user: UserId) -> list[Session]:
        return await self._rows.of_user(reader, user)


class StoredRefreshTokens:
    def __init__(
        self,
        sessions: SessionRows,
        rows: FamilyRows,
        recorder: Recorder,
        vault: Vault,
        settings: SessionSettings,
    ) -> None:
        self._sessions, self._rows = sessions, rows
        self._recorder, self._vault, self._settings = recorder, vault, settings

    async def start(self, tx: Tx, new: NewFamily, cause: Cause) -> tuple[Family, str]:
        return await start_family(
            tx, new, cause, keyring=await self._vault.keyring(tx), families=self._rows,
            sessions=self._sessions, recorder=self._recorder, settings=self._settings,
        )  # fmt: skip

    async def find(self, reader: Reader, presented: str) -> Family | None:
        token = read_token(presented, await self._vault.keyring(reader), reader.tenant)
        state = None if token is None else await self._rows.find(reader, token.family)
        return None if state is None or state.over else family_of(state)

    async def find_current(self, reader: Reader, presented: str) -> Family | None:
        token = read_token(presented, await self._vault.keyring(reader), reader.tenant)
        state = None if token is None else await self._rows.find(reader, token.family)
        if token is None or state is None or state.over or state.generation != token.generation:
            return None
        return family_of(state) if hmac.compare_digest(state.secret_hash, token.digest) else None

    async def rotate(
        self,
        tx: Tx,
        presented: str,
        *,
        client: UUID,
        key_binding: str | None,
        cause: Cause,
        issue: Issue | None = None,
        rotates: bool = True,
    ) -> Rotated | Refused:
        return await rotate_refresh_token(
            tx, presented, client=client, key_binding=key_binding, cause=cause,
            leeway=self._settings.refresh_token_leeway, keyring=await self._vault.keyring(tx),
            families=self._rows, sessions=self._sessions, recorder=self._recorder, issue=issue,
            rotates=rotates,
        )  # fmt: skip

    async def revoke(self, tx: Tx, family: FamilyId, cause: Cause, *, reason: str) -> bool:
        found = await self._rows.revoke(tx, family, reason)
        return await self._record(tx, found, cause, reason) == 1

    async def revoke_grant(self, tx: Tx, grant: UUID, cause: Cause, *, reason: str) -> int:
        found = await self._rows.revoke_grant(tx, grant, reason)
        return await self._record(tx, found, cause, reason)

    async def revoke_client(self, tx: Tx, client: UUID, cause: Cause, *, reason: str) -> int:
        return await revoke_families_of_client(
            tx, client, cause, reason=reason, families=self._rows, recorder=self._recorder
        )

    async def list_of(self, reader: Reader, user: UserId) -> list[Family]:
        return [family_of(state) for state in await self._rows.of_user(reader, user)]

    async def _record(self, tx: Tx, found: list[Revoked], cause: Cause, reason: str) -> int:
        await record_revoked(tx, found, cause, reason=reason, recorder=self._recorder)
        return len(found)
