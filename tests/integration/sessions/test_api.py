"""The management and self-service API of sessions, behind the real door."""

from dataclasses import replace
from typing import Any

from tests.support.facts import CAUSE
from tests.support.management import Api, api, office
from tests.support.sessions import PUBLIC

from limen.kernel.ids import UserId, new_id
from limen.sessions.api import Refused

__all__ = ["api", "office"]


async def signed_in(api: Api) -> tuple[Any, Any, str]:
    """Return a person's id, session and token."""
    user = UserId(new_id())
    browser = await api.desk.sign_in(user=user)
    token = api.bearers.admit(api.tenant, user=user, session=browser.current.id)
    return user, browser, token


async def test_sessions_are_listed_without_secrets(api: Api) -> None:
    """A043, A085, R105: by person; the digest of the secret is no filter either."""
    user, browser, _ = await signed_in(api)
    await signed_in(api)
    listed = await api("GET", f"/api/v1/sessions?user={user}")
    assert [one["id"] for one in listed.json["data"]] == [str(browser.current.id)]
    assert browser.secret.encode() not in listed.body
    assert b"digest" not in listed.body
    assert listed.json["data"][0]["user_agent"] == CAUSE.user_agent
    assert len((await api("GET", "/api/v1/sessions")).json["data"]) == 2
    for query in ("browser_digest=x", "sort=browser_digest", "user=x"):
        assert (await api("GET", f"/api/v1/sessions?{query}")).status == 422


async def test_a_revoked_session_is_dead_at_once(api: Api) -> None:
    """A035, R102"""
    user, browser, _ = await signed_in(api)
    path = f"/api/v1/sessions/{browser.current.id}"
    new = replace(PUBLIC, user=user, session=browser.current.id, offline=False)
    _, token = await api.desk.issue(new)
    assert (await api("GET", path)).json["data"]["user"] == str(user)
    assert (await api("DELETE", path)).status == 204
    assert (await api("DELETE", path)).status == 404
    assert (await api("GET", path)).status == 404
    assert await api.desk.sessions.browser(api.desk.store, browser.secret) is None
    assert isinstance(await api.desk.rotate(token), Refused)


async def test_an_expired_session_is_not_shown(api: Api) -> None:
    """R101, R102"""
    _, browser, _ = await signed_in(api)
    api.office.rig.clock.advance(3600)
    assert (await api("GET", f"/api/v1/sessions/{browser.current.id}")).status == 404
    assert (await api("GET", "/api/v1/sessions")).json["data"] == []


async def test_all_of_a_persons_sessions_are_revoked(api: Api) -> None:
    """A035, R105: with offline access."""
    user, _, _ = await signed_in(api)
    await api.desk.sign_in(user=user)
    _, token = await api.desk.issue(replace(PUBLIC, user=user))
    ended = await api("POST", f"/api/v1/users/{user}/sessions/revoke")
    assert ended.json["data"] == {"ended": 2}
    assert isinstance(await api.desk.rotate(token), Refused)
    api.office.gate.refuse(user, "user_unknown")
    assert (await api("POST", f"/api/v1/users/{user}/sessions/revoke")).status == 404


async def test_families_are_listed_and_revoked(api: Api) -> None:
    """R035"""
    family, token = await api.desk.issue()
    await api.desk.issue(replace(PUBLIC, user=UserId(new_id())))
    listed = await api("GET", f"/api/v1/token-families?user={family.user}&limit=1")
    assert [one["id"] for one in listed.json["data"]] == [str(family.id)]
    assert token.encode() not in listed.body
    assert b"hash" not in listed.body
    first = await api("GET", "/api/v1/token-families?limit=1")
    cursor = first.json["pagination"]["next_cursor"]
    rest = await api("GET", f"/api/v1/token-families?limit=1&cursor={cursor}")
    assert rest.json["pagination"]["has_more"] is False
    path = f"/api/v1/token-families/{family.id}"
    assert (await api("DELETE", path)).status == 204
    assert (await api("DELETE", path)).status == 404
    assert isinstance(await api.desk.rotate(token), Refused)


async def test_people_see_and_end_their_own_sessions_only(api: Api) -> None:
    """A043, A083, R105: another's is not found, like one that never was."""
    user, browser, token = await signed_in(api)
    _, theirs, _ = await signed_in(api)
    elsewhere = await api.desk.sign_in(user=user)
    listed = await api("GET", "/api/v1/me/sessions", token=token)
    found = {one["id"]: one["current"] for one in listed.json["data"]}
    assert found == {str(browser.current.id): True, str(elsewhere.current.id): False}
    path = "/api/v1/me/sessions"
    foreign = await api("DELETE", f"{path}/{theirs.current.id}", token=token)
    unknown = await api("DELETE", f"{path}/{new_id()}", token=token)
    assert (foreign.status, foreign.json["detail"]) == (404, unknown.json["detail"])
    assert (await api("DELETE", f"{path}/{elsewhere.current.id}", token=token)).status == 204
    await api.desk.sign_in(user=user)
    ended = await api("POST", f"{path}/revoke-others", token=token)
    assert ended.json["data"] == {"ended": 1}
    listed = await api("GET", path, token=token)
    assert [one["id"] for one in listed.json["data"]] == [str(browser.current.id)]


async def test_a_machine_has_no_sessions(api: Api) -> None:
    robot = api.bearers.admit(api.tenant, client=new_id())
    assert (await api("GET", "/api/v1/me/sessions", token=robot)).status == 403


async def test_another_tenants_sessions_do_not_exist(api: Api) -> None:
    """A077, R114, R118"""
    acme = await api.office.tenants.create("acme", "Acme", CAUSE)
    _, token = await api.person("administrator", tenant=acme)
    user, browser, _ = await signed_in(api)
    family, _ = await api.desk.issue()
    base = "/t/acme/api/v1"
    for method, path in (
        ("GET", f"{base}/sessions/{browser.current.id}"),
        ("DELETE", f"{base}/sessions/{browser.current.id}"),
        ("DELETE", f"{base}/token-families/{family.id}"),
    ):
        assert (await api(method, path, token=token)).status == 404
    for path in (f"sessions?user={user}", "sessions", "token-families"):
        assert (await api("GET", f"{base}/{path}", token=token)).json["data"] == []
    ended = await api("POST", f"{base}/users/{user}/sessions/revoke", token=token)
    assert ended.json["data"] == {"ended": 0}
    assert await api.desk.sessions.browser(api.desk.store, browser.secret) is not None
