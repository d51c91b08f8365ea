"""Whoever and whatever was ended is refused at every entrance, at once (A033).

Rows are what was ended, columns the entrances; each pair is tried on a world of its own.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.support import entrances as to
from tests.support.entrances import Entrance, let_in
from tests.support.oauth import CAUSE
from tests.support.receivers import Receiver, receiving
from tests.support.victims import Victim, victim
from tests.support.world import Realm, Visitor, World

from limen.kernel.ids import GrantId
from limen.kernel.routes import CLIENT, TOKEN

End = Callable[[Victim], Awaitable[None]]


@pytest.fixture
def settings() -> dict[str, str]:
    return {
        "LIMEN_FETCH__ALLOW": "127.0.0.1/32", "LIMEN_OAUTH__CIBA__LEAST_TIME": "1ms",
        "LIMEN_MTLS__HEADER": "Client-Cert", "LIMEN_TRUSTED_PROXIES": "203.0.113.9/32",
    }  # fmt: skip


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


# Rows: what ends.


async def user_suspended(v: Victim) -> None:
    await v.admin("POST", f"/api/v1/users/{v.person.id}/suspend", {"reason": "x"})


async def user_inactive(v: Victim) -> None:
    await v.admin("POST", f"/api/v1/users/{v.person.id}/deactivate")


async def user_deleted(v: Victim) -> None:
    await v.admin("DELETE", f"/api/v1/users/{v.person.id}")


async def clients_disabled(v: Victim) -> None:
    for path in v.app_paths:
        await v.admin("POST", f"{path}/disable")


async def clients_deleted(v: Victim) -> None:
    for path in v.app_paths:
        await v.admin("DELETE", path)


async def session_ended(v: Victim) -> None:
    await v.admin("DELETE", f"/api/v1/sessions/{v.session.id}")


async def signed_out(v: Victim) -> None:
    visitor = Visitor(v.provider, v.browser)
    answer = await visitor.post("/signout", {"csrf": await visitor.csrf()})
    assert answer.status in (200, 303)


async def all_sessions_ended(v: Victim) -> None:
    await v.admin("POST", f"/api/v1/users/{v.person.id}/sessions/revoke")


async def grants_revoked(v: Victim) -> None:
    grants, store = v.provider.oauth.grants, v.provider.store
    for app in await grants.list_of(store, v.person.id):
        await store.transact(
            lambda tx, one=app.grant: grants.revoke(tx, GrantId(one), CAUSE, user=v.person.id)
        )


async def family_revoked(v: Victim) -> None:
    fields = {"token": v.tokens["refresh_token"]}
    answer = await v.provider.form("/oauth2/revoke", fields, v.provider.basic(v.app))
    assert answer.status == 200, answer.body


async def token_revoked(v: Victim) -> None:
    fields = {"token": v.tokens["access_token"]}
    answer = await v.provider.form("/oauth2/revoke", fields, v.provider.basic(v.app))
    assert answer.status == 200, answer.body


async def keys_revoked(v: Victim) -> None:
    listed = (await v.admin("GET", "/api/v1/keys")).json["data"]
    for key in listed:
        if key["status"] != "revoked":
            token = await v.realm.mint(v.realm.admin)
            path = f"/api/v1/keys/{key['kid']}/revoke"
            assert (await v.provider.api_call(token, "POST", path)).status == 200


async def issuer_disabled(v: Victim) -> None:
    await v.idp.switch("disable")


async def issuer_deleted(v: Victim) -> None:
    await v.admin("DELETE", f"/api/v1/trusted-issuers/{v.idp.id}")


async def subject_unlinked(v: Victim) -> None:
    path = f"/api/v1/trusted-issuers/{v.idp.id}/subjects"
    [link] = (await v.admin("GET", path)).json["data"]
    await v.admin("DELETE", f"{path}/{link['id']}")


async def registration_closed(v: Victim) -> None:
    await v.admin("PATCH", "/api/v1/oauth-policy", {"registration": "closed"})


async def initial_token_revoked(v: Victim) -> None:
    listed = (await v.admin("GET", "/api/v1/registration-tokens")).json["data"]
    for one in listed:
        await v.admin("DELETE", f"/api/v1/registration-tokens/{one['id']}")


_PERSON = (*to.OF_A_PERSON, *to.BROWSER, *to.OF_THE_IDP)
_APP = (
    *to.OF_A_PERSON, *to.OF_THE_APP, *to.OF_THE_IDP, to.authorizing, to.authorizing_hybrid,
    to.managing_registration,
)  # fmt: skip
MATRIX: dict[End, tuple[Entrance, ...]] = {
    user_suspended: _PERSON,
    user_inactive: _PERSON,
    user_deleted: _PERSON,
    clients_disabled: _APP,
    clients_deleted: _APP,
    session_ended: (*to.OF_A_PERSON, *to.BROWSER),
    signed_out: (*to.OF_A_PERSON, *to.BROWSER),
    all_sessions_ended: (*to.OF_A_PERSON, *to.BROWSER),
    grants_revoked: to.OF_A_PERSON,
    family_revoked: (
        to.refreshing, to.exchanging_refresh, to.exchanging, to.exchanged, to.introspecting,
        to.introspecting_refresh, to.userinfo, to.userinfo_by_post, to.management, to.own_account,
    ),
    token_revoked: (
        to.exchanging, to.exchanged, to.introspecting, to.userinfo, to.userinfo_by_post,
        to.management, to.own_account,
    ),
    keys_revoked: (*to.BY_SIGNATURE, to.hearing),
    issuer_disabled: to.OF_THE_IDP,
    issuer_deleted: to.OF_THE_IDP,
    subject_unlinked: (to.asserting, to.asserting_jag),
    registration_closed: (to.registering, to.managing_registration),
    initial_token_revoked: (to.registering,),
}  # fmt: skip


async def refused_everywhere(v: Victim, entrances: tuple[Entrance, ...]) -> None:
    faults = []
    # Redeeming comes last: what is presented once more is revoked in any case.
    for entrance in reversed(entrances):
        answer = await entrance(v)
        if let_in(answer):
            faults.append((entrance.__name__, answer.status, answer.body or answer.location))
        assert answer.status < 500, (entrance.__name__, answer.body)
    assert faults == []


async def open_everywhere(v: Victim, entrances: tuple[Entrance, ...]) -> None:
    for entrance in entrances:
        answer = await entrance(v)
        assert let_in(answer), (entrance.__name__, answer.status, answer.body)


@pytest.mark.parametrize("end", MATRIX, ids=lambda end: end.__name__)
async def test_what_was_ended_is_refused_at_every_entrance(
    world: World, receiver: Receiver, end: End
) -> None:
    """I3, A033, A035, A029, A022, R034, R102, R103, R116: at once, and nobody else is touched."""
    target = await victim(world.home, receiver)
    await open_everywhere(target, tuple(e for e in MATRIX[end] if e not in to.ONCE))
    await end(target)
    await refused_everywhere(target, MATRIX[end])
    bystander = await world.home.provider.userinfo(world.home.tokens["access_token"])
    assert bystander.status == (401 if end is keys_revoked else 200)


async def test_a_suspended_tenant_lets_nobody_in(world: World, receiver: Receiver) -> None:
    """I3, A033: nothing of it answers, and the other tenant goes on."""
    target = await victim(world.away, receiver)
    await open_everywhere(target, tuple(e for e in to.EVERY if e not in to.ONCE))
    path = f"/api/v1/tenants/{target.provider.tenant.id}/suspend"
    home = world.home.provider
    answer = await home.api_call(world.home.admin_token, "POST", path)
    assert answer.status == 200, answer.body
    await refused_everywhere(target, to.EVERY)
    assert (await home.userinfo(world.home.tokens["access_token"])).status == 200


async def test_each_entrance_lets_in_whoever_stands(world: World, receiver: Receiver) -> None:
    """A033: the control: with nothing ended every entrance is open."""
    target = await victim(world.home, receiver)
    rest = tuple(e for e in to.EVERY if e not in to.ONCE)
    await open_everywhere(target, (*rest, *reversed(to.ONCE)))


async def test_no_way_to_a_token_is_without_a_column(world: World) -> None:
    """A033: a new grant, or a new endpoint for clients or tokens, must come into the matrix."""
    found = await world.home.provider.send("GET", "/.well-known/openid-configuration")
    assert set(found.json["grant_types_supported"]) == set(to.OF_GRANTS)
    operations = {
        route.operation
        for route in world.routes
        if route.answer == "protocol" and route.access in (CLIENT, TOKEN)
    }
    assert operations == set(to.OF_OPERATIONS)
    named = {entrance for row in MATRIX.values() for entrance in row}
    assert {one for ways in to.OF_OPERATIONS.values() for one in ways} <= named
    assert named <= set(to.EVERY)


async def test_a_role_that_is_taken_counts_at_once(world: World, receiver: Receiver) -> None:
    """R116, A033, A081: a live token of somebody who lost the role, or whose role shrank."""
    target = await victim(world.home, receiver)
    home: Realm = world.home
    await home.take(target.person.id, "administrator")
    assert (await to.management(target)).status == 403
    await home.give(target.person.id, "helpdesk")
    assert (await to.management(target)).status == 200
    await target.admin(
        "PATCH", f"/api/v1/roles/{home.ids['roles']}", {"permissions": ["audit:read"]}
    )
    assert (await to.management(target)).status == 403
