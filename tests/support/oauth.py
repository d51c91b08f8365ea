"""The provider over a test's database: real contexts behind the real door, no socket."""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from tests.fakes.clock import FrozenClock
from tests.support.facts import MASTER

from limen.access import wiring as access
from limen.access.api import Promotion, Subject
from limen.composition.contexts import EndSessions
from limen.identity import wiring as identity
from limen.identity.api import NewUser, Profile, User
from limen.identity.store import STANDING as USER_STANDING
from limen.kernel.request import SYSTEM, Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.oauth import wiring as oauth
from limen.oauth.api import Client, NewClient
from limen.oauth.keys import wiring as keys
from limen.oauth.model.resources import ApiSettings
from limen.oauth.options import ApiOptions
from limen.oauth.store import STANDING as OAUTH_STANDING
from limen.oauth.store.apis import SqlApis
from limen.platform.cache import Snapshots
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase, Query, compose, mine
from limen.platform.db.idempotency import SqlIdempotencyKeys
from limen.platform.db.one_time import SqlOneTime
from limen.platform.db.replays import SqlReplays
from limen.platform.deliveries import wiring as deliveries
from limen.platform.deliveries.settings import DeliverySettings
from limen.platform.facts.queue import SealQueue
from limen.platform.facts.recorder import FactRecorder
from limen.platform.facts.store import events
from limen.platform.fetch import Fetcher, FetchSettings
from limen.platform.http.cookies import BROWSER, SESSION, cookie_name, seal_cookie
from limen.platform.http.cors import Cors
from limen.platform.http.door import Door
from limen.platform.http.guard import Guard
from limen.platform.http.idempotency import Idempotency
from limen.platform.http.origin import Proxies
from limen.platform.http.registry import Registry
from limen.platform.limits import Limiter
from limen.platform.mtls.certificates import CHAIN, PEER, Certificates
from limen.platform.mtls.settings import MtlsSettings
from limen.platform.services import Platform
from limen.platform.telemetry.metrics import Metrics
from limen.platform.templating import Pages
from limen.risk import wiring as risk
from limen.sessions import wiring as sessions
from limen.sessions.api import Session
from limen.sessions.store import STANDING as SESSION_STANDING
from limen.tenancy import wiring as tenancy

ISSUER = "http://localhost:8400"
CAUSE = Cause(SYSTEM, "test")
REDIRECT = "https://app.example/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
API = "https://api.example.com/orders"
BINDING = "the-random-secret-of-one-browser"


class FactRow(msgspec.Struct, frozen=True):
    name: str
    reason: str | None
    data: str


_COLUMNS = (events.c.name, events.c.reason, events.c.data)
_facts = Query(sa.select(*_COLUMNS).where(mine(events)).order_by(events.c.id), FactRow)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def query(self) -> dict[str, str]:
        """The parameters that the Location carries."""
        return {k: v[0] for k, v in parse_qs(urlsplit(self.location).query).items()}

    @property
    def fragment(self) -> dict[str, str]:
        """The parameters that the Location carries behind its #."""
        return {k: v[0] for k, v in parse_qs(urlsplit(self.location).fragment).items()}


class NewKeys:
    """Gives a new tenant its signing keys."""

    def __init__(self, keys: Any) -> None:
        self._keys = keys

    async def install(self, tx: Tx, tenant: Tenant) -> None:
        await self._keys.create(tx, CAUSE)


class NoObserver:
    def request(self, method: str, operation: str, status: int, seconds: float) -> None: ...


class NoRefusals:
    async def refused(self, request: Any, refusal: Any) -> None: ...


class Dispatch:
    """Speaks ASGI to the door, with the client `certificate` (DER) that it was given."""

    def __init__(self, door: Door, prefix: str) -> None:
        self.door, self.prefix = door, prefix
        self.certificate: bytes | None = None
        self.host = urlsplit(ISSUER).netloc
        self.chain: tuple[bytes, ...] = ()

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes = b"",
        headers: Sequence[tuple[str, str]] = (),
        client: str = "192.0.2.7",
    ) -> Answer:
        raw = [(b"host", self.host.encode())]
        raw += [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
        if body:
            raw.append((b"content-length", str(len(body)).encode()))
        scope = {
            "type": "http", "method": method, "path": self.prefix + path, "query_string": query.encode(),
            "scheme": "http", "headers": raw, "client": (client, 1234),
            PEER: self.certificate, CHAIN: self.chain,
        }  # fmt: skip
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.door(scope, receive, send)
        pairs = [(k.decode(), v.decode("latin-1")) for k, v in sent[0]["headers"]]
        cookies = tuple(v for k, v in pairs if k == "set-cookie")
        said = b"".join(message["body"] for message in sent[1:])
        return Answer(sent[0]["status"], dict(pairs), said, cookies)


@dataclass
class Provider:
    """One tenant's authorization server, its people and its clients."""

    database: OpenDatabase
    store: Store
    clock: FrozenClock
    tenant: Tenant
    vault: KeyVault
    door: Door
    oauth: oauth.OAuthWired
    users: Any
    sessions: Any
    refresh_tokens: Any
    roles: Any
    keys: Any
    snapshots: Snapshots
    tenants: Any = None
    tasks: Any = ()
    secrets: dict[UUID, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.send = Dispatch(self.door, self.tenant.path)

    # People

    async def person(self, email: str = "ada@example.com", **profile: Any) -> User:
        new = NewUser(
            email=email, email_verified=True, username=email.split("@", maxsplit=1)[0],
            status="active", profile=Profile(**{"name": "Ada Lovelace", **profile}),
        )  # fmt: skip
        return await self.store.transact(lambda tx: self.users.create(tx, new, CAUSE))

    async def sign_in(self, user: User, *, browser: str | None = None) -> tuple[str, Session]:
        """Return the browser's secret and the session."""
        started = await self.store.transact(
            lambda tx: self.sessions.start(
                tx, user.id, CAUSE, browser=browser, amr=("pwd",), acr="aal1"
            )
        )
        return started.secret, started.current

    async def cookies(self, secret: str | None = None, binding: str = BINDING) -> tuple[str, str]:
        """Return the header that a browser sends: its binding, and a session where it has one."""
        keyring = await self.vault.keyring(self.store)
        issuer = self.tenant.issuer
        parts = [
            f"{cookie_name(issuer, BROWSER)}={seal_cookie(keyring, self.tenant, BROWSER, binding)}"
        ]
        if secret is not None:
            sealed = seal_cookie(keyring, self.tenant, SESSION, secret)
            parts.append(f"{cookie_name(issuer, SESSION)}={sealed}")
        return "cookie", "; ".join(parts)

    # Clients

    async def client(self, type_: str = "web", **changes: Any) -> Client:
        values: dict[str, Any] = {"name": "Shop", "type": type_}
        if type_ != "m2m":
            values["redirect_uris"] = [REDIRECT]
        client, secret = await self.store.transact(
            lambda tx: self.oauth.clients.create(tx, NewClient(**(values | changes)), CAUSE)
        )
        self.secrets[client.id] = secret
        return client

    async def api(
        self, identifier: str = API, scopes: Sequence[str] = ("orders:read",), **options: Any
    ) -> None:
        from limen.kernel.ids import new_id
        from limen.oauth.api import ScopeText

        chosen = ApiSettings(
            name="Orders",
            scopes=tuple(ScopeText(s, s, "") for s in scopes),
            options=ApiOptions(**options),
        )

        async def work(tx: Tx) -> None:
            await SqlApis().add(tx, new_id(), identifier, chosen)
            await self.snapshots.invalidate(tx, "apis", "all")

        await self.store.transact(work)

    async def role(self, client: Client, role: str = "administrator") -> None:
        await self.store.transact(
            lambda tx: self.roles.assign(tx, Subject("client", client.id), role, CAUSE, by=None)
        )

    def basic(self, client: Client) -> tuple[str, str]:
        text = f"{client.client_id}:{self.secrets[client.id]}"
        return "authorization", "Basic " + base64.b64encode(text.encode()).decode()

    def credentials(self, client: Client) -> dict[str, str]:
        """Return what a client puts into a form."""
        found = {"client_id": client.client_id}
        secret = self.secrets[client.id]
        return found if secret is None else found | {"client_secret": secret}

    # Protocol

    def authorization(self, client: Client, **changes: str | None) -> dict[str, str]:
        values: dict[str, str | None] = {
            "response_type": "code", "client_id": client.client_id,
            "redirect_uri": client.redirect_uris[0] if client.redirect_uris else REDIRECT,
            "scope": "openid", "state": "the-state",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256", "nonce": "the-nonce",
        }  # fmt: skip
        return {k: v for k, v in (values | changes).items() if v is not None}

    async def authorize(
        self, parameters: Mapping[str, str] | str, secret: str | None = None
    ) -> Answer:
        query = parameters if isinstance(parameters, str) else urlencode(parameters)
        headers = [await self.cookies(secret)]
        return await self.send("GET", "/oauth2/authorize", query=query, headers=headers)

    async def resume(self, answer: Answer, secret: str | None, binding: str = BINDING) -> Answer:
        query = urlencode({"flow": answer.query["flow"]})
        headers = [await self.cookies(secret, binding)]
        return await self.send("GET", "/oauth2/authorize/continue", query=query, headers=headers)

    async def approve(self, answer: Answer, secret: str | None, binding: str = BINDING) -> str:
        return await self.oauth.interactions.approve(
            self.store, self.tenant, answer.query["flow"], browser=secret, binding=binding,
            cause=CAUSE,
        )  # fmt: skip

    async def code(self, client: Client, secret: str, **changes: str | None) -> str:
        """Return a code, with consent given where it is asked."""
        answer = await self.authorize(self.authorization(client, **changes), secret)
        if "/consent?" in answer.location:
            await self.approve(answer, secret)
            answer = await self.resume(answer, secret)
        return answer.query["code"]

    async def form(
        self,
        path: str,
        fields: Mapping[str, str] | str,
        *headers: tuple[str, str],
        client: str = "192.0.2.7",
    ) -> Answer:
        body = fields if isinstance(fields, str) else urlencode(fields)
        kind = ("content-type", "application/x-www-form-urlencoded")
        return await self.send(
            "POST", path, body=body.encode(), headers=[kind, *headers], client=client
        )

    async def token(self, fields: Mapping[str, str] | str, *headers: tuple[str, str]) -> Answer:
        return await self.form("/oauth2/token", fields, *headers)

    def redemption(self, client: Client, code: str, /, **changes: str | None) -> dict[str, str]:
        values: dict[str, str | None] = {
            "grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER,
            "redirect_uri": client.redirect_uris[0], **self.credentials(client),
        }  # fmt: skip
        return {k: v for k, v in (values | changes).items() if v is not None}

    async def tokens(self, client: Client, secret: str, **changes: str | None) -> dict[str, Any]:
        """Return the answer of the token endpoint after the whole code flow."""
        code = await self.code(client, secret, **changes)
        answer = await self.token(self.redemption(client, code))
        assert answer.status == 200, answer.body
        return answer.json

    def in_tenant(self, tenant: Tenant) -> "Provider":
        """Return the same provider, seen by another tenant's people and clients."""
        return replace(self, tenant=tenant, store=self.database.tenant(tenant.id), secrets={})

    async def userinfo(self, token: str, method: str = "GET") -> Answer:
        return await self.send(
            method, "/oauth2/userinfo", headers=[("authorization", f"Bearer {token}")]
        )

    async def introspect(self, client: Client, token: str) -> dict[str, Any]:
        answer = await self.form("/oauth2/introspect", {"token": token}, self.basic(client))
        assert answer.status == 200, answer.body
        return answer.json

    async def machine_token(self, client: Client, **changes: str) -> dict[str, Any]:
        fields = {"grant_type": "client_credentials", **self.credentials(client), **changes}
        answer = await self.token(fields)
        assert answer.status == 200, answer.body
        return answer.json

    async def api_call(
        self, token: str, method: str, path: str, body: Any = None, **headers: str
    ) -> Answer:
        found = [("authorization", f"Bearer {token}"), *headers.items()]
        if body is not None:
            found.append(("content-type", "application/json"))
        raw = b"" if body is None else json.dumps(body).encode()
        return await self.send(method, path, body=raw, headers=found)

    async def reasons(self, name: str) -> list[str | None]:
        """Return the reason of each fact of this name, in order."""
        rows = await self.store.all(_facts)
        return [row.reason for row in rows if row.name == name]

    async def data(self, name: str) -> list[dict[str, Any]]:
        """Return what each fact of this name says, in order."""
        rows = await self.store.all(_facts)
        return [json.loads(row.data) for row in rows if row.name == name]


def decoded(token: str) -> dict[str, Any]:
    """Return the claims of a token, unverified."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header_of(token: str) -> dict[str, Any]:
    part = token.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def build(
    database: OpenDatabase,
    store: Store,
    clock: FrozenClock,
    tenant: Tenant,
    *chosen: Any,
    is_new: bool = True,
) -> Provider:
    """`chosen` are settings that are not the defaults; what is not new was built before."""
    of_kind = {type(settings): settings for settings in chosen}
    vault = KeyVault([MasterKey(MASTER)], clock)
    recorder = FactRecorder(vault, clock, SealQueue(clock))
    snapshots = Snapshots(database, clock)
    limiter = Limiter(clock)
    pages: Any = Pages(dev=True)
    fetcher = Fetcher(of_kind.get(FetchSettings) or FetchSettings(), clock, dev=True)

    async def every() -> list[Any]:
        return [tenant.id]

    posting = deliveries.wire(
        DeliverySettings(), database=database, vault=vault, clock=clock, poster=fetcher,
        metrics=Metrics(), tenants=every,
    )  # fmt: skip
    platform = Platform(
        database=database, clock=clock, recorder=recorder, one_time=SqlOneTime(),
        replays=SqlReplays(), fetcher=fetcher, deliveries=posting.deliveries, vault=vault,
        mailer=None, gate=compose((USER_STANDING, *SESSION_STANDING, *OAUTH_STANDING)),
        snapshots=snapshots, limiter=limiter, pages=pages, settings=lambda _, kind: of_kind.get(kind) or kind(),
        issuer=ISSUER, dev=True,
    )  # fmt: skip
    proxies = of_kind.get(Proxies) or Proxies([])
    mtls = platform.settings("mtls", MtlsSettings)
    installers: list[Any] = []
    tenants = tenancy.wire(platform, installers=installers).tenants
    promotions: list[Promotion] = []
    roles = access.wire(platform, tenants=tenants, promotions=promotions)
    signing = keys.wire(platform)
    installers += [roles.roles, NewKeys(signing.api)]
    sign_ins = sessions.wire(platform, tenants=tenants, roles=roles.roles)
    promotions.append(sign_ins.promoted)
    people = identity.wire(
        platform, administrators=roles.roles, departures=EndSessions(sign_ins.sessions)
    )
    wired = oauth.wire(
        platform, users=people.users, sessions=sign_ins.sessions,
        refresh_tokens=sign_ins.refresh_tokens, roles=roles.roles,
        attempts=risk.wire(platform).attempts, signing_keys=signing.api, tenants=tenants,
    )  # fmt: skip
    sign_ins.endings.append(wired.sessions_told)
    guard = Guard(
        wired.bearer, sign_ins.authenticator, roles.authorizer, limiter, clock,
        owners={**wired.faces.owners, **sign_ins.faces.owners},
    )  # fmt: skip
    door = Door(
        issuer=ISSUER, registry=Registry([wired.faces, sign_ins.faces, signing.faces], dev=True),
        guard=guard, tenants=tenants,
        database=database, vault=vault, pages=pages, proxies=proxies,
        cors=Cors(wired.origin_allowed), observer=NoObserver(), refusals=NoRefusals(),
        idempotency=Idempotency(SqlIdempotencyKeys(vault)), bare={},
        certificates=Certificates(proxies, mtls), alias=mtls.url,
    )  # fmt: skip

    async def install(tx: Tx) -> None:
        await vault.create(tx)
        await roles.roles.install(tx, tenant)

    if is_new:
        await store.transact(install)
        await store.transact(lambda tx: signing.api.create(tx, CAUSE))
    await snapshots.poll()
    return Provider(
        database, store, clock, tenant, vault, door, wired, people.users, sign_ins.sessions,
        sign_ins.refresh_tokens, roles.roles, signing.api, snapshots, tenants,
        (*wired.faces.tasks, *posting.faces.tasks),
    )  # fmt: skip


@pytest.fixture
async def provider(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> AsyncIterator[Provider]:
    """The default tenant's provider, with keys and roles and nothing else."""
    yield await build(database, store, clock, tenant)
