"""The person's side: /device, and everything that others could make them do there."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import pytest
from tests.fakes.clock import FrozenClock
from tests.integration.oauth_device.conftest import Devices
from tests.support.oauth import build
from tests.support.pages import Read, check_harmless, check_labels
from tests.support.world import Visitor

from limen.kernel.ids import new_id
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.device.model import ALPHABET
from limen.oauth.device.settings import DeviceSettings
from limen.platform.db import OpenDatabase


def wrong_code(number: int = 0) -> str:
    letters = []
    for _ in range(8):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


async def test_the_form_asks_for_a_code(devices: Devices) -> None:
    """WCAG 1.3.1: for whoever comes, signed in or not; A115."""
    answer = await devices.visitor().get("/device")
    page = Read(answer.body.decode())
    assert answer.status == 200 and page.all("input", name="user_code")
    assert len(page.all("button", type_="submit")) == 1
    check_labels(page)


@pytest.mark.parametrize("how", ["typed", "link"])
async def test_a_code_shows_who_asks_from_where_and_asks_back(devices: Devices, how: str) -> None:
    """R058, RFC 8628 §5.4: also a link that carries the code decides nothing."""
    asked = await devices.asked(scope="openid email offline_access")
    visitor = devices.visitor()
    if how == "typed":
        typed = {"csrf": await visitor.csrf(), "user_code": asked["user_code"].lower()}
        answer = await visitor.post("/device", typed)
    else:
        answer = await visitor.get("/device", f"user_code={asked['user_code']}")
    page = Read(answer.body.decode())
    assert answer.status == 200
    for shown in (asked["user_code"], "Television", "Television/9 (Living room)", "203.0.113.9",
                  "See your e-mail address", "while you are away", "Ada Lovelace",
                  "Did you start this?", "Jan 1, 2030"):  # fmt: skip
        assert shown in page.text, shown
    assert page.all("button", data_action="approve") and page.all("button", data_action="deny")
    assert len(page.all("button", type_="submit")) == 1
    assert "openid" not in page.text
    check_harmless(page)
    assert (await devices.poll(asked["device_code"])).json["error"] == "authorization_pending"


async def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(devices: Devices) -> None:
    """R058: nothing is looked up before, so that a stranger learns of no code."""
    asked = await devices.asked()
    stranger = Visitor(devices.provider, None, "a stranger")
    for code in (asked["user_code"], "BCDF-GHJK"):
        answer = await stranger.get("/device", f"user_code={code}")
        assert answer.status == 303
        assert answer.location == "/signin?next=" + quote(f"/device?user_code={code}", safe="/")
    typed = {"csrf": await stranger.csrf(), "user_code": asked["user_code"]}
    assert (await stranger.post("/device", typed)).status == 303
    decided = await devices.decide(asked["user_code"], visitor=stranger)
    assert decided.status == 303
    assert (await devices.poll(asked["device_code"])).json["error"] == "authorization_pending"


async def test_only_our_own_form_decides(devices: Devices) -> None:
    """R112, A120: no other site's, no other browser's, and no GET."""
    asked = await devices.asked()
    code, visitor = asked["user_code"], devices.visitor()
    other = devices.visitor(binding="another browser")
    session = str(devices.session.id)
    for token in ("", "x" * 43, await other.csrf()):
        answer = await devices.decide(code, visitor=visitor, csrf=token)
        assert answer.status == 403
    fields = {"csrf": await visitor.csrf(), "user_code": code, "session": session,
              "decision": "approve"}  # fmt: skip
    cross = await visitor.post("/device", fields, sec_fetch_site="cross-site")
    assert cross.status == 403
    query = f"user_code={code}&decision=approve&session={session}&csrf={await visitor.csrf()}"
    assert b"Did you start this?" in (await visitor.get("/device", query)).body
    assert (await devices.poll(asked["device_code"])).json["error"] == "authorization_pending"


async def test_who_was_shown_decides(devices: Devices) -> None:
    """R110: the account that the page named, not the one that took its place meanwhile."""
    asked = await devices.asked()
    grace = await devices.provider.person("grace@example.com", name="Grace Hopper")
    browser, _ = await devices.provider.sign_in(grace)
    as_grace = devices.visitor(browser)
    for session in (str(devices.session.id), str(new_id()), "", "x"):
        answer = await devices.decide(asked["user_code"], visitor=as_grace, session=session)
        assert b"Grace Hopper" in answer.body and b"Did you start this?" in answer.body
    assert (await devices.poll(asked["device_code"])).json["error"] == "authorization_pending"


async def test_anything_but_an_explicit_yes_is_a_no(devices: Devices) -> None:
    asked = await devices.asked()
    assert b"was refused" in (await devices.decide(asked["user_code"], "yes please")).body


async def test_a_decided_code_is_unknown(devices: Devices) -> None:
    """R084: single use; used, unknown and expired are not told apart."""
    asked, late = await devices.approved(), await devices.asked()
    devices.provider.clock.advance(timedelta(minutes=11))
    fresh = await devices.approved()
    bodies = set()
    for code in (asked["user_code"], fresh["user_code"], late["user_code"], wrong_code()):
        answer = await devices.visitor().get("/device", f"user_code={code}")
        assert answer.status == 400
        bodies.add(answer.body.replace(code.encode(), b""))
    assert len(bodies) == 1


async def test_guesses_are_counted_by_person(devices: Devices) -> None:
    """R058, R087, A046: ten an hour, whatever browser and however many at once."""
    asked = await devices.asked()
    devices.provider.clock.advance(1)

    async def guess(number: int) -> int:
        visitor = devices.visitor(binding=f"browser {number}")
        return (await visitor.get("/device", f"user_code={wrong_code(number)}")).status

    statuses = await asyncio.gather(*(guess(n) for n in range(25)))
    assert sorted(statuses) == [400] * 10 + [429] * 15
    right = await devices.visitor().get("/device", f"user_code={asked['user_code']}")
    assert right.status == 429
    reasons = await devices.provider.reasons("user_code.refused")
    assert reasons.count("user_code_unknown") == 10 and "too_many_user_codes" in reasons
    grace = await devices.provider.person("grace@example.com", name="Grace")
    browser, _ = await devices.provider.sign_in(grace)
    theirs = await devices.visitor(browser).get("/device", f"user_code={asked['user_code']}")
    assert theirs.status == 200  # others are not kept out
    devices.provider.clock.advance(timedelta(hours=1))
    devices.browser, _ = await devices.provider.sign_in(devices.person)
    assert await guess(99) == 400


async def test_guesses_are_counted_by_address(devices: Devices) -> None:
    """R058, R087: thirty a minute from one address, whoever is signed in there."""
    statuses = []
    for number in range(4):
        person = await devices.provider.person(f"p{number}@example.com")
        browser, _ = await devices.provider.sign_in(person)
        for guess in range(9):
            visitor = devices.visitor(browser)
            code = wrong_code(number * 100 + guess)
            statuses.append((await visitor.get("/device", f"user_code={code}")).status)
    assert statuses == [400] * 30 + [429] * 6


async def test_guesses_are_counted_for_everybody(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> None:
    """R058, RFC 8628 §5.1: many people, of many addresses, share one limit."""
    chosen = DeviceSettings(wrong_codes_per_person=3, wrong_codes_per_tenant=5)
    provider = await build(database, store, clock, tenant, chosen)
    statuses = []
    for number in range(3):
        person = await provider.person(f"p{number}@example.com")
        browser, _ = await provider.sign_in(person)
        for guess in range(3):
            answer = await Visitor(provider, browser).get(
                "/device", f"user_code={wrong_code(number * 10 + guess)}"
            )
            statuses.append(answer.status)
    assert statuses == [400] * 5 + [429] * 4


async def test_right_codes_are_not_counted(devices: Devices) -> None:
    """R087: successes give back what they took."""
    for _ in range(15):
        asked = await devices.asked()
        answer = await devices.visitor().get("/device", f"user_code={asked['user_code']}")
        assert answer.status == 200


async def test_a_code_of_another_tenant_is_unknown(devices: Devices) -> None:
    """R114, A053: also where the same person exists, and the device code likewise."""
    provider = devices.provider
    acme = await provider.tenants.create("acme", "Acme", _cause())
    await provider.snapshots.poll()
    away = provider.in_tenant(acme)
    there = Devices(away, None, await away.person(), "", None)
    there.browser, there.session = await away.sign_in(there.person)
    there.app = await away.client("device", name="Television", redirect_uris=[])
    asked = await devices.asked()
    answer = await there.visitor().get("/device", f"user_code={asked['user_code']}")
    assert answer.status == 400
    assert (await there.poll(asked["device_code"])).json["error"] == "invalid_grant"
    theirs = await there.asked()
    assert theirs["verification_uri"].endswith("/t/acme/device")
    page = await there.visitor().get("/device", f"user_code={theirs['user_code']}")
    assert b'action="/t/acme/device"' in page.body


async def test_hostile_names_stay_text(devices: Devices) -> None:
    """A115: the device's own name for itself, and what is typed."""
    fields = {"scope": "openid", **devices.provider.credentials(devices.app)}
    evil = ("user-agent", '"><svg onload=alert(1)>')
    asked = (await devices.provider.form("/oauth2/device", fields, evil)).json
    answer = await devices.visitor().get("/device", f"user_code={asked['user_code']}")
    assert b"<svg onload" not in answer.body and b"&lt;svg onload" in answer.body
    typed = quote('"><svg onload=alert(1)>')
    answer = await devices.visitor().get("/device", f"user_code={typed}")
    assert answer.status == 400 and b"<svg onload" not in answer.body


async def test_the_decision_is_a_fact_and_a_grant(devices: Devices) -> None:
    """R153, R012: who allowed what, where it can be withdrawn."""
    await devices.approved()
    [said] = await devices.provider.data("device_request.approved")
    assert said["scope"] == ["openid", "email"]
    held = await devices.provider.oauth.grants.list_of(devices.provider.store, devices.person.id)
    assert [one.client.name for one in held] == ["Television"]
    await devices.decide((await devices.asked())["user_code"], "deny")
    assert await devices.provider.reasons("device_request.denied") == ["consent_refused"]


def _cause() -> object:
    from tests.support.oauth import CAUSE

    return CAUSE
