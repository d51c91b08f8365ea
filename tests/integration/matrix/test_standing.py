"""Whoever and whatever was ended is refused at every entrance, at once (A033).

Rows are what was ended, columns the entrances; each pair is tried on a world of its own.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support import decoupled
from tests.support.dpop import ProofKey
from tests.support.exchange import EXCHANGE, TYPE, exchange
from tests.support.issuers import JWT_BEARER, ForeignIssuer
from tests.support.oauth import CAUSE, Answer, Provider
from tests.support.world import EVERYTHING, Realm, Visitor, World

from limen.kernel.ids import GrantId
from limen.oauth.api import Client

_OPAQUE = "https://vault.example.com"


@dataclass
class Victim:
    """A person at an application, with everything that they hold, all of it live."""

    realm: Realm
    person: Any
    app: Client
    browser: str
    session: Any
    code: str
    tokens: dict[str, Any]
    watcher: Client
    device_code: str
    auth_req_id: str
    bound: str
    key: ProofKey
    exchanged: str
    idp: ForeignIssuer

    @property
    def app_path(self) -> str:
        return f"/api/v1/clients/{self.app.id}"

    async def admin(self, method: str, path: str, body: Any = None) -> None:
        answer = await self.realm.provider.api_call(self.realm.admin_token, method, path, body)
        assert answer.status < 300, answer.body


async def victim(world: World) -> Victim:
    realm, provider = world.home, world.home.provider
    await provider.api(_OPAQUE, ("vault:read",), token_format="opaque")
    person = await realm.with_role("administrator", "victim@example.com")
    app = await provider.client(
        "web", name="Target", skip_consent=True,
        grant_types=[
            "authorization_code", "refresh_token", "client_credentials", decoupled.DEVICE,
            decoupled.CIBA, EXCHANGE, JWT_BEARER,
        ],
        scopes=["openid", "email", "offline_access", *EVERYTHING], audiences=[_OPAQUE],
    )  # fmt: skip
    await provider.role(app)
    browser, session = await provider.sign_in(person)
    tokens = await realm.issued(app, browser)
    code = await provider.code(app, browser)
    watcher = await provider.client("m2m", name="Watcher")
    device_code = await decoupled.device_code(provider, app, browser, session)
    auth_req_id = await decoupled.request_id(provider, app, browser, "victim@example.com")
    key = ProofKey(provider)
    another = await provider.code(app, browser, resource=_OPAQUE)
    bound = await provider.token(provider.redemption(app, another), key.header())
    return Victim(
        realm, person, app, browser, session, code, tokens, watcher, device_code, auth_req_id,
        bound.json["access_token"], key, await made_of(provider, app, tokens),
        await vouching(realm, person),
    )  # fmt: skip


async def made_of(provider: Provider, app: Client, tokens: dict[str, Any]) -> str:
    answer = await exchange(provider, app, tokens["access_token"], audience=None)
    assert answer.status == 200, answer.body
    return answer.json["access_token"]


async def vouching(realm: Realm, person: Any) -> ForeignIssuer:
    """Return an issuer of others that may speak for the person."""
    idp = ForeignIssuer(realm.provider, "https://vouching.example.com")
    await idp.trust(scopes=["openid"])
    await idp.link(person)
    return idp


# Rows: what ends.


async def user_suspended(v: Victim) -> None:
    await v.admin("POST", f"/api/v1/users/{v.person.id}/suspend", {"reason": "x"})


async def user_inactive(v: Victim) -> None:
    await v.admin("POST", f"/api/v1/users/{v.person.id}/deactivate")


async def user_deleted(v: Victim) -> None:
    await v.admin("DELETE", f"/api/v1/users/{v.person.id}")


async def client_disabled(v: Victim) -> None:
    await v.admin("POST", f"{v.app_path}/disable")


async def client_deleted(v: Victim) -> None:
    await v.admin("DELETE", v.app_path)


async def session_ended(v: Victim) -> None:
    await v.admin("DELETE", f"/api/v1/sessions/{v.session.id}")


async def signed_out(v: Victim) -> None:
    visitor = Visitor(v.realm.provider, v.browser)
    answer = await visitor.post("/signout", {"csrf": await visitor.csrf()})
    assert answer.status in (200, 303)


async def all_sessions_ended(v: Victim) -> None:
    await v.admin("POST", f"/api/v1/users/{v.person.id}/sessions/revoke")


async def grant_revoked(v: Victim) -> None:
    grants = v.realm.provider.oauth.grants
    apps = await grants.list_of(v.realm.provider.store, v.person.id)
    await v.realm.provider.store.transact(
        lambda tx: grants.revoke(tx, GrantId(apps[0].grant), CAUSE, user=v.person.id)
    )


async def family_revoked(v: Victim) -> None:
    fields = {"token": v.tokens["refresh_token"]}
    answer = await v.realm.provider.form("/oauth2/revoke", fields, v.realm.provider.basic(v.app))
    assert answer.status == 200, answer.body


# Columns: the entrances.  Each says whether it let somebody in.


async def redeeming(v: Victim) -> Answer:
    return await v.realm.provider.token(v.realm.provider.redemption(v.app, v.code))


async def device_polling(v: Victim) -> Answer:
    return await decoupled.poll_device(v.realm.provider, v.app, v.device_code)


async def ciba_polling(v: Victim) -> Answer:
    return await decoupled.poll_ciba(v.realm.provider, v.app, v.auth_req_id)


async def refreshing(v: Victim) -> Answer:
    fields = {"grant_type": "refresh_token", "refresh_token": v.tokens["refresh_token"]}
    return await v.realm.provider.token(fields | v.realm.provider.credentials(v.app))


async def exchanging(v: Victim) -> Answer:
    return await exchange(v.realm.provider, v.app, v.tokens["access_token"], audience=None)


async def exchanging_refresh(v: Victim) -> Answer:
    kind, token = TYPE + "refresh_token", v.tokens["refresh_token"]
    return await exchange(
        v.realm.provider, v.app, token, audience=None, subject_token_type=kind, scope="openid"
    )


async def exchanging_identity(v: Victim) -> Answer:
    kind, token = TYPE + "id_token", v.tokens["id_token"]
    return await exchange(
        v.realm.provider, v.app, token, audience=None, subject_token_type=kind, scope="openid"
    )


async def exchanged(v: Victim) -> Answer:
    return await v.realm.provider.userinfo(v.exchanged)


async def asserting(v: Victim) -> Answer:
    provider = v.realm.provider
    fields = {"grant_type": JWT_BEARER, "assertion": v.idp.token(), "scope": "openid"}
    return await provider.token(fields | provider.credentials(v.app))


async def client_credentials(v: Victim) -> Answer:
    fields = {"grant_type": "client_credentials", **v.realm.provider.credentials(v.app)}
    return await v.realm.provider.token(fields)


async def introspecting(v: Victim) -> Answer:
    fields = {"token": v.tokens["access_token"]}
    return await v.realm.provider.form("/oauth2/introspect", fields, v.realm.provider.basic(v.app))


async def introspecting_refresh(v: Victim) -> Answer:
    fields = {"token": v.tokens["refresh_token"]}
    return await v.realm.provider.form("/oauth2/introspect", fields, v.realm.provider.basic(v.app))


async def userinfo(v: Victim) -> Answer:
    return await v.realm.provider.userinfo(v.tokens["access_token"])


async def bound_and_opaque(v: Victim) -> Answer:
    headers = v.key.using(v.bound, "/oauth2/userinfo")
    return await v.realm.provider.send("GET", "/oauth2/userinfo", headers=headers)


async def management(v: Victim) -> Answer:
    return await v.realm.provider.api_call(v.tokens["access_token"], "GET", "/api/v1/users")


async def own_account(v: Victim) -> Answer:
    return await v.realm.provider.api_call(v.tokens["access_token"], "GET", "/api/v1/me")


async def authorizing(v: Victim) -> Answer:
    asked = v.realm.provider.authorization(v.app, prompt="none")
    return await v.realm.provider.authorize(asked, v.browser)


async def account_page(v: Victim) -> Answer:
    return await Visitor(v.realm.provider, v.browser).get("/account")


def let_in(answer: Answer) -> bool:
    if answer.status == 303:
        return "code=" in answer.location
    if answer.status != 200:
        return False
    if answer.headers.get("content-type") == "application/json":
        return answer.json.get("active", True) is not False
    return True


_TOKENS = (introspecting, introspecting_refresh, userinfo, management, own_account)
_OF_A_PERSON = (
    redeeming, device_polling, ciba_polling, exchanging_refresh, refreshing, exchanging,
    exchanging_identity, exchanged, bound_and_opaque, *_TOKENS,
)  # fmt: skip
_BROWSER = (authorizing, account_page)
Entrance = Callable[[Victim], Awaitable[Answer]]
MATRIX: dict[Callable[[Victim], Awaitable[None]], tuple[Entrance, ...]] = {
    user_suspended: (*_OF_A_PERSON, *_BROWSER, asserting),
    user_inactive: (*_OF_A_PERSON, *_BROWSER, asserting),
    user_deleted: (*_OF_A_PERSON, *_BROWSER, asserting),
    client_disabled: (*_OF_A_PERSON, client_credentials, authorizing, asserting),
    client_deleted: (*_OF_A_PERSON, client_credentials, authorizing, asserting),
    session_ended: (*_OF_A_PERSON, *_BROWSER),
    signed_out: (*_OF_A_PERSON, *_BROWSER),
    all_sessions_ended: (*_OF_A_PERSON, *_BROWSER),
    grant_revoked: _OF_A_PERSON,
    family_revoked: (
        refreshing,
        exchanging_refresh,
        exchanging,
        exchanged,
        introspecting,
        introspecting_refresh,
        userinfo,
        management,
    ),
}
EVERY = (*_OF_A_PERSON, client_credentials, asserting, *_BROWSER)


@pytest.mark.parametrize("end", MATRIX, ids=lambda end: end.__name__)
async def test_what_was_ended_is_refused_at_every_entrance(
    world: World, end: Callable[[Victim], Awaitable[None]]
) -> None:
    """I3, A033, A035, A029, A022, R034, R102, R103, R116: at once, and nobody else is touched."""
    target = await victim(world)
    for entrance in (
        *_TOKENS,
        exchanging,
        exchanging_identity,
        exchanged,
        bound_and_opaque,
        *_BROWSER,
        client_credentials,
        asserting,
    ):
        answer = await entrance(target)
        assert let_in(answer), (entrance.__name__, answer.status, answer.body)
    await end(target)
    faults = []
    # Redeeming comes last: what is presented once more is revoked in any case.
    for entrance in reversed(MATRIX[end]):
        answer = await entrance(target)
        if let_in(answer):
            faults.append((entrance.__name__, answer.status, answer.body or answer.location))
        assert answer.status < 500, (entrance.__name__, answer.body)
    assert faults == []
    bystander = await world.home.provider.userinfo(world.home.tokens["access_token"])
    assert bystander.status == 200


async def test_each_entrance_lets_in_whoever_stands(world: World) -> None:
    """A033: the control: with nothing ended every entrance is open."""
    target = await victim(world)
    for entrance in (*(e for e in EVERY if e is not redeeming), redeeming):
        answer = await entrance(target)
        assert let_in(answer), (entrance.__name__, answer.status, answer.body)


async def test_a_role_that_is_taken_counts_at_once(world: World) -> None:
    """R116, A033, A081: a live token of somebody who lost the role, or whose role shrank."""
    target = await victim(world)
    await world.home.take(target.person.id, "administrator")
    assert (await management(target)).status == 403
    await world.home.give(target.person.id, "helpdesk")
    assert (await management(target)).status == 200
    await target.admin(
        "PATCH", f"/api/v1/roles/{world.home.ids['roles']}", {"permissions": ["audit:read"]}
    )
    assert (await management(target)).status == 403
