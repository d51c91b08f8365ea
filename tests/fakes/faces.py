"""The contexts behind the pages, as the pages see them: each answers what a test put there."""

import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.fakes.clock import START

from limen.authentication.api import Confirmed, SignedIn
from limen.identity.api import Email, EmailAddress, Profile, User
from limen.kernel.errors import Conflict, FieldError, Invalid, NotFound, Stale
from limen.kernel.ids import EmailId, GrantId, SessionId, UserId
from limen.kernel.mail import Mail
from limen.kernel.one_time import Entry
from limen.kernel.uow import UniqueConflict
from limen.kernel.vault import CannotOpen, Place
from limen.oauth.api import Client, ConnectedApp, Interaction, Left, LogoutRequest, ScopeText
from limen.sessions.api import Browser, Session


class FakeKeyring:
    """Seals by naming the place: what another place sealed does not open."""

    def seal(self, place: Place, plain: bytes) -> bytes:
        return repr(place).encode() + b"|" + plain

    def open(self, place: Place, sealed: bytes) -> bytes:
        head, _, plain = sealed.partition(b"|")
        if head != repr(place).encode():
            raise CannotOpen("another place")
        return plain

    def mac(self, purpose: str, message: bytes) -> bytes:
        return hmac.digest(purpose.encode(), message, "sha256")


@dataclass
class FakeVault:
    ring: FakeKeyring = field(default_factory=FakeKeyring)

    async def keyring(self, reader: object) -> FakeKeyring:
        return self.ring


@dataclass
class FakeStore:
    """Runs a unit at once; it holds nothing."""

    tenant: UUID = field(default_factory=uuid4)
    effects: list[Any] = field(default_factory=list)

    async def transact(self, work: Any) -> Any:
        result = await work(self)
        for effect in self.effects:
            effect()
        return result

    def after_commit(self, effect: Any) -> None:
        self.effects.append(effect)


def a_user(
    name: str | None = "Ada Lovelace", address: str = "ada@example.org", **more: Any
) -> User:
    email = Email(EmailId(uuid4()), address, START, is_primary=True)
    values = {
        "id": UserId(uuid4()), "username": None, "status": "active", "status_reason": None,
        "profile": Profile(name=name), "emails": (email,), "created_at": START,
        "updated_at": START, "last_sign_in_at": START, "version": 3,
    }  # fmt: skip
    return User(**{**values, **more})


def a_session(user: User, **more: Any) -> Session:
    values = {
        "id": SessionId(uuid4()), "user": user.id, "started_at": START, "authenticated_at": START,
        "last_active_at": START, "idle_expires_at": START + timedelta(hours=1),
        "expires_at": START + timedelta(days=1), "amr": ("pwd",), "acr": "1", "ip": "192.0.2.1",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "remembered": False,
    }  # fmt: skip
    return Session(**{**values, **more})


def a_client(name: str = "Grafana", **more: Any) -> Client:
    values = {
        "id": uuid4(), "name": name, "type": "web", "enabled": True,
        "redirect_uris": ("https://app.example/callback",),
        "post_logout_redirect_uris": ("https://app.example/bye",), "origins": (),
        "grant_types": ("authorization_code",), "scopes": ("openid",), "audiences": (),
        "auth_method": "none", "skip_consent": False, "id_token_alg": "ES256",
        "access_token_alg": "ES256", "access_token_lifetime": None,
        "refresh_token_lifetime": None, "client_uri": None, "logo_uri": None,
        "policy_uri": None, "tos_uri": None, "created_at": START, "updated_at": START,
        "version": 1,
    }  # fmt: skip
    return Client(**{**values, **more})


def an_interaction(client: Client | None = None, **more: Any) -> Interaction:
    values = {
        "handle": "h1", "client": client or a_client(), "needs": "consent", "login_hint": None,
        "ui_locales": (),
        "scopes": (ScopeText("openid", "Know who you are", "your id here"),
                   ScopeText("offline_access", "Offline", "")),
        "resources": ("https://api.example",), "continue_to": "/oauth2/authorize/resume?flow=h1",
        "form_action": "https://app.example",
    }  # fmt: skip
    return Interaction(**{**values, **more})


@dataclass
class FakeAuthentication:
    """`outcome` is raised if it is an exception, else returned; `calls` remembers the rest."""

    outcome: Any = None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        async def method(*_: Any, **arguments: Any) -> Any:
            self.calls.append((name, arguments))
            if isinstance(self.outcome, Exception):
                raise self.outcome
            return self.outcome

        return method


@dataclass
class FakeUsers:
    users: list[User] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    done: list[tuple[Any, ...]] = field(default_factory=list)

    async def find(self, _: object, user: UserId) -> User | None:
        return next((one for one in self.users if one.id == user), None)

    async def get(self, reader: object, user: UserId) -> User:
        found = await self.find(reader, user)
        if found is None:
            raise NotFound
        return found

    def parse_email(self, raw: str) -> EmailAddress:
        if "@" not in raw:
            raise Invalid(FieldError("email", "invalid", "This is not an e-mail address."))
        return EmailAddress(raw, raw.casefold())

    async def find_by_email(self, _: object, address: str) -> User | None:
        return next((u for u in self.users for e in u.emails if e.address == address), None)

    async def add_email(self, _: object, user: UserId, address: str, *_a: Any, **_k: Any) -> None:
        if address in self.taken:
            raise UniqueConflict
        self.done.append(("add_email", user, address))

    async def verify_email(self, _: object, user: UserId, address: str, *_a: Any) -> bool:
        found = await self.get(_, user)
        if any(one.address == address for one in found.emails):
            self.done.append(("verify_email", user, address))
            return True
        return False

    async def make_primary(self, _: object, user: UserId, email: EmailId, *_a: Any) -> None:
        self.done.append(("make_primary", user, email))

    async def remove_email(self, _: object, user: UserId, email: EmailId, *_a: Any) -> None:
        found = await self.get(_, user)
        if any(one.id == email and one.is_primary for one in found.emails):
            raise Conflict
        self.done.append(("remove_email", user, email))

    async def change_profile(
        self, _: object, user: UserId, profile: Profile, *_a: Any, version: int
    ) -> None:
        if (await self.get(_, user)).version != version:
            raise Stale
        self.done.append(("change_profile", user, profile))


@dataclass
class FakeSessions:
    """One browser: its secret is `secret`."""

    live: list[Session] = field(default_factory=list)
    secret: str = "browser-secret"
    ended: list[SessionId] = field(default_factory=list)

    async def browser(self, _: object, secret: str) -> Browser | None:
        left = tuple(one for one in self.live if one.id not in self.ended)
        return Browser(secret, left) if secret == self.secret and left else None

    async def choose(self, _: object, secret: str, session: SessionId) -> Browser | None:
        found = [one for one in self.live if one.id == session]
        if secret != self.secret or not found:
            return None
        return Browser("new-secret", (found[0],))

    async def end(self, _: object, session: SessionId, *_a: Any, **_k: Any) -> bool:
        self.ended.append(session)
        return True

    async def end_all(self, *_: Any, keep: SessionId | None = None, **_k: Any) -> int:
        self.ended += [one.id for one in self.live if one.id != keep]
        return len(self.ended)

    async def find(self, _: object, session: SessionId) -> Session | None:
        return next((one for one in self.live if one.id == session), None)

    async def list_of(self, _: object, user: UserId) -> list[Session]:
        return [one for one in self.live if one.user == user]


@dataclass
class FakeInteractions:
    interaction: Interaction | None = None
    decisions: list[str] = field(default_factory=list)

    async def find(self, *_: Any, **_k: Any) -> Interaction | None:
        handle = _[2]
        found = self.interaction
        return found if found is not None and found.handle == handle else None

    async def approve(self, *_: Any, remember: bool = True, **_k: Any) -> str:
        self.decisions.append("approve" if remember else "approve once")
        return "/oauth2/authorize/resume?flow=h1"

    async def deny(self, *_: Any, **_k: Any) -> str:
        self.decisions.append("deny")
        return "/oauth2/authorize/resume?flow=h1"

    async def choose_account(self, *_: Any, session: SessionId, **_k: Any) -> str:
        self.decisions.append(str(session))
        return "/oauth2/authorize/resume?flow=h1"


@dataclass
class FakeLogout:
    request: LogoutRequest = field(default_factory=lambda: LogoutRequest(None, False, None, None))

    page: str | None = None
    shown: Left | None = None

    async def prepare(self, *_: Any) -> LogoutRequest:
        return self.request

    async def after(self, *_: Any, **_k: Any) -> str | None:
        return self.page

    async def left(self, *_: Any, **_k: Any) -> Left | None:
        return self.shown


@dataclass
class FakeGrants:
    connected: list[ConnectedApp] = field(default_factory=list)
    revoked: list[GrantId] = field(default_factory=list)

    async def list_of(self, *_: Any) -> list[ConnectedApp]:
        return self.connected

    async def revoke(self, _: object, grant: GrantId, *_a: Any, user: UserId) -> bool:
        self.revoked.append(grant)
        return any(one.grant == grant for one in self.connected)


class FakeDevices:
    async def recognise(self, *_: Any) -> str | None:
        return None

    async def remember(self, _: object, presented: str | None, user: UUID) -> str:
        return f"{presented or 'device'}.{user}"


@dataclass
class FakeMailer:
    queued: list[Mail] = field(default_factory=list)
    is_ready: bool = True

    def compose(self, tenant: object, template: str, *, to: str, **values: Any) -> Mail:
        return Mail(to, template, repr(values), "")

    async def queue(self, _: object, mail: Mail) -> None:
        self.queued.append(mail)

    def ready(self) -> bool:
        return self.is_ready


@dataclass
class FakeOneTime:
    """Secrets by kind, in memory; a secret is used once."""

    kept: dict[tuple[str, str], Any] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)

    async def issue(self, _: object, kind: str, payload: Any, *, secret: str, **_k: Any) -> None:
        self.kept[kind, secret] = payload

    async def find(self, _: object, kind: str, secret: str, _p: Any) -> Any:
        if (kind, secret) in self.used or (kind, secret) not in self.kept:
            return None
        return Entry(self.kept[kind, secret], None, START, START)

    async def consume(self, _: object, kind: str, secret: str, _p: Any) -> Any:
        if (kind, secret) not in self.kept:
            return None
        first = (kind, secret) not in self.used
        self.used.add((kind, secret))
        return Entry(self.kept[kind, secret], None, START, START, None if first else START)

    async def withdraw(self, _: object, _subject: UUID, *kinds: str) -> int:
        gone = [key for key in self.kept if key[0] in kinds and key not in self.used]
        for key in gone:
            del self.kept[key]
        return len(gone)


def signed_in(user: User, secret: str = "new-secret") -> SignedIn:
    return SignedIn(user, Browser(secret, (a_session(user),)))


def confirmed(user: User, continue_to: str | None = None) -> Confirmed:
    return Confirmed(user, continue_to)
