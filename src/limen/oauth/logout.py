"""`api.Logout`: requests of OpenID Connect RP-Initiated Logout 1.0, validated (R019)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from limen.identity.api import User, Users
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Store
from limen.oauth.api import Client, Left, LogoutRequest
from limen.oauth.directory import Directory
from limen.oauth.errors import LogoutRefused
from limen.oauth.hints import HintClaims, IdTokenHints
from limen.oauth.logouts.left import LeftPages
from limen.oauth.subjects import Subjects
from limen.sessions.api import Browser, Session, Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class RpLogout:
    directory: Directory
    hints: IdTokenHints
    sessions: Sessions
    users: Users
    subjects: Subjects
    left_pages: LeftPages

    async def prepare(
        self, store: Store, tenant: Tenant, parameters: Mapping[str, str], browser: str | None
    ) -> LogoutRequest:
        """Return what is asked, and whether it needs no question.

        A genuine id_token_hint, expired or not, of a session of this browser proves that its
        client may ask.  Raises LogoutRefused for a hint that is none, an unknown client, and
        a post_logout_redirect_uri that is not exactly one of the client's.
        """
        hint = await self._hint(store, tenant, parameters)
        client = await self._client(store, parameters, hint)
        continue_to = _continue_to(parameters, client)
        live = await self.sessions.browser(store, browser) if browser else None
        session = await self._session(store, live, hint, parameters.get("logout_hint"), client)
        proven = await self._is_proven(store, session, hint, client)
        return LogoutRequest(
            client=client,
            confirmed=session is None or proven,
            session=session.id if session else None,
            continue_to=continue_to,
            languages=tuple(parameters.get("ui_locales", "").split()),
            account=await self._account(store, session) if parameters else None,
        )

    async def after(
        self, store: Store, tenant: Tenant, session: UUID, asked: LogoutRequest, *, binding: str
    ) -> str | None:
        return await self.left_pages.after(store, tenant, session, asked, binding=binding)

    async def left(self, store: Store, tenant: Tenant, handle: str, *, binding: str) -> Left | None:
        return await self.left_pages.find(store, tenant, handle, binding)

    async def _session(
        self,
        reader: Reader,
        browser: Browser | None,
        hint: HintClaims | None,
        meant: str | None,
        client: Client | None,
    ) -> Session | None:
        """Return the session that is meant, if it is this browser's; else the current one."""
        if browser is None:
            return None
        if client is not None:
            sid = hint.sid if hint else meant
            named = await self.subjects.find_session(reader, client, sid, browser.sessions)
            if named is not None:
                return named
        for session in browser.sessions if meant and hint is None else ():
            user = await self.users.find(reader, session.user)
            if meant == str(session.id) or (user is not None and meant in names_of(user)):
                return session
        return browser.current

    async def _is_proven(
        self,
        reader: Reader,
        session: Session | None,
        hint: HintClaims | None,
        client: Client | None,
    ) -> bool:
        if session is None or hint is None or client is None:
            return False
        subject = await self.subjects.of(reader, client, session.user)
        sid = await self.subjects.session(reader, client, session.id)
        return str(sid) == hint.sid and subject == hint.sub

    async def _account(self, reader: Reader, session: Session | None) -> str | None:
        user = await self.users.find(reader, session.user) if session else None
        return user.display_name if user else None

    async def _hint(
        self, store: Store, tenant: Tenant, parameters: Mapping[str, str]
    ) -> HintClaims | None:
        text = parameters.get("id_token_hint")
        if text is None:
            return None
        hint = await self.hints.read(store, tenant, text)
        if hint is None:
            raise LogoutRefused("id_token_hint is none of ours")
        return hint

    async def _client(
        self, store: Store, parameters: Mapping[str, str], hint: HintClaims | None
    ) -> Client | None:
        named = parameters.get("client_id")
        if named is not None and hint is not None and named != hint.aud:
            raise LogoutRefused("client_id and id_token_hint disagree")
        client_id = named or (hint.aud if hint else None)
        if client_id is None:
            return None
        record = await self.directory.client(store, client_id)
        if record is None and named is not None:
            raise LogoutRefused("client_id is unknown")
        return record.client if record else None


def _continue_to(parameters: Mapping[str, str], client: Client | None) -> str | None:
    uri = parameters.get("post_logout_redirect_uri")
    if uri is None:
        return None
    if client is None or not client.enabled or uri not in client.post_logout_redirect_uris:
        raise LogoutRefused("post_logout_redirect_uri is not registered")
    state = parameters.get("state")
    if state is None:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}"


def names_of(user: User) -> frozenset[str]:
    """Return what an application may call a person in logout_hint (RP-Initiated Logout §2)."""
    names = {str(user.id), user.username, *(email.address for email in user.emails)}
    return frozenset(name for name in names if name)
