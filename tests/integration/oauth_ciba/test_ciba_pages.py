"""The person's side: what they see, what they decide, and what others could make them do."""

from datetime import timedelta
from typing import Any

import pytest
from tests.integration.oauth_ciba.conftest import Bank
from tests.support.pages import Read, check_harmless, check_labels
from tests.support.world import Visitor

from limen.kernel.ids import new_id
from limen.oauth.options import ClientOptions


async def test_the_page_shows_who_asks_what(bank: Bank) -> None:
    """CIBA Core §7.1: the binding message exactly; scopes in plain words."""
    message = "Pay 12.50 € to Zoë's café · <b>W4SCT</b>"
    await bank.asked(binding_message=message, scope="openid email offline_access")
    text = await bank.page()
    page = Read(text)
    shown = text.split("data-binding-message>")[1].split("</strong>")[0]
    assert shown == "Pay 12.50 € to Zoë&#39;s café · &lt;b&gt;W4SCT&lt;/b&gt;"
    for words in ("Bank asks you", "See your e-mail address", "while you are away"):
        assert words in text, words
    assert page.all("button", data_action="approve") and page.all("button", data_action="deny")
    assert "Nothing waits for you" not in text
    check_harmless(page)
    check_labels(page)


async def test_a_message_from_right_to_left_is_kept_apart(bank: Bank) -> None:
    """A115: letters of any script are text; what turns others around is not."""
    await bank.asked(binding_message="שלום 42")
    assert "<bdi><strong data-binding-message>שלום 42</strong></bdi>" in await bank.page()


async def test_only_the_person_who_was_asked_sees_and_decides(bank: Bank) -> None:
    """R114, A060: another person neither sees it nor decides it, whatever id they send."""
    asked = await bank.asked()
    [request] = await bank.waiting()
    grace = await bank.provider.person("grace@example.com", name="Grace Hopper")
    browser, _ = await bank.provider.sign_in(grace)
    hers = bank.visitor(browser)
    assert "Nothing waits for you" in await bank.page(hers)
    for named in (request, str(new_id()), "", "x"):
        answer = await bank.decide(visitor=hers, request=named)
        assert answer.status == 410, named
    assert (await bank.poll(asked["auth_req_id"])).json["error"] == "authorization_pending"


async def test_only_our_own_form_decides(bank: Bank) -> None:
    """R112, A120."""
    asked = await bank.asked()
    [request] = await bank.waiting()
    visitor, other = bank.visitor(), bank.visitor(binding="another browser")
    for token in ("", "x" * 43, await other.csrf()):
        assert (await bank.decide(visitor=visitor, csrf=token, request=request)).status == 403
    fields = {"csrf": await visitor.csrf(), "request": request, "decision": "approve"}
    cross = await visitor.post("/account/requests", fields, sec_fetch_site="cross-site")
    assert cross.status == 403
    await visitor.get("/account/requests", f"request={request}&decision=approve")
    assert (await bank.poll(asked["auth_req_id"])).json["error"] == "authorization_pending"


async def test_after_a_no_there_is_no_yes(bank: Bank) -> None:
    """R084."""
    asked = await bank.asked()
    [request] = await bank.waiting()
    await bank.decide("deny", request=request)
    assert (await bank.decide(request=request)).status == 410
    assert (await bank.poll(asked["auth_req_id"])).json["error"] == "access_denied"


async def test_a_mail_leads_to_the_request(bank: Bank) -> None:
    """R010, R083: its link needs the person's own sign-in, decides nothing, and ends with it."""
    asked = await bank.asked(binding_message="W4SCT")
    [mail] = await bank.mails()
    assert mail["to"] == "ada@example.com" and "Bank" in mail["subject"]
    assert "W4SCT" in mail["text"] and "W4SCT" in mail["html"]
    [link] = [one for one in mail["links"] if "/account/requests/open?token=" in one]
    query = link.partition("?")[2]
    assert asked["auth_req_id"] not in mail["text"]
    stranger = Visitor(bank.provider, None, "a stranger")
    opened = await stranger.get("/account/requests/open", query)
    assert (opened.status, opened.location) == (303, "/account/requests")
    asked_to_sign_in = await stranger.get("/account/requests")
    assert asked_to_sign_in.location == "/signin?next=/account/requests"
    assert (await bank.visitor().get("/account/requests/open", query)).status == 303
    assert (await bank.poll(asked["auth_req_id"])).json["error"] == "authorization_pending"
    await bank.decide()
    assert (await stranger.get("/account/requests/open", query)).status == 410
    for wrong in ("", "token=", "token=x", "token=" + "x" * 43):
        assert (await stranger.get("/account/requests/open", wrong)).status == 410


async def test_a_mailbox_is_not_filled(bank: Bank) -> None:
    """R083, R087: five mails an hour; what is not mailed waits on the page all the same."""
    for _ in range(8):
        await bank.asked()
        await bank.decide("deny")
    assert len(await bank.mails()) == 5
    await bank.asked()
    assert len(await bank.waiting()) == 1


async def test_an_unconfirmed_address_gets_no_mail(bank: Bank) -> None:
    """R083."""
    from tests.support.oauth import CAUSE

    from limen.identity.api import NewUser

    users = bank.provider.users
    new = NewUser(email="eve@example.com", email_verified=False, username="eve", status="active")
    await bank.provider.store.transact(lambda tx: users.create(tx, new, CAUSE))
    await bank.asked(login_hint="eve")
    assert await bank.mails() == []


async def test_a_disabled_application_is_neither_shown_nor_served(bank: Bank) -> None:
    """A033."""
    approved, waiting = await bank.approved(), await bank.asked()
    [request] = await bank.waiting()
    admin = await bank.running.person("root@example.com", admin=True)
    token = await bank.running.token(admin)
    path = f"/api/v1/clients/{bank.app.id}/disable"
    assert (await bank.provider.api_call(token, "POST", path)).status == 200
    assert "Nothing waits for you" in await bank.page()
    assert (await bank.decide(request=request)).status == 403
    for asked in (approved, waiting):
        assert (await bank.poll(asked["auth_req_id"])).json["error"] == "invalid_client"


async def _set_code(bank: Bank, **fields: str) -> Any:
    visitor = bank.visitor()
    return await visitor.post("/account/requests/code", {"csrf": await visitor.csrf(), **fields})


@pytest.mark.parametrize("code", ["", "12345", "111111", "123456", " 5521xx", "x" * 65])
async def test_a_code_that_anybody_guesses_is_refused(bank: Bank, code: str) -> None:
    """R085."""
    answer = await _set_code(bank, user_code=code)
    assert answer.status == 422 and b"was not changed" in answer.body


async def test_a_code_keeps_strangers_out(bank: Bank) -> None:
    """CIBA Core §7.1 user_code, R087: asked for where the person chose one; five tries an hour."""
    app = await bank.client(options={"backchannel_user_code_parameter": True})
    assert (await _set_code(bank, user_code="71-brass")).location.endswith("done=code_set")
    assert "Need no code" in await bank.page()
    assert (await bank.ask(app)).json["error"] == "missing_user_code"
    assert (await bank.ask()).json["error"] == "missing_user_code"  # it cannot ask for it
    assert (await bank.ask(app, user_code="71-brasS")).json["error"] == "invalid_user_code"
    assert "auth_req_id" in (await bank.ask(app, user_code="71-brass")).json
    for _ in range(4):
        assert (await bank.ask(app, user_code="guess")).json["error"] == "invalid_user_code"
    assert (await bank.ask(app, user_code="71-brass")).status == 429
    bank.provider.clock.advance(timedelta(hours=1))
    assert "auth_req_id" in (await bank.ask(app, user_code="71-brass")).json
    bank.browser, bank.session = await bank.provider.sign_in(bank.person)
    assert (await _set_code(bank, change="remove")).location.endswith("done=code_removed")
    assert "auth_req_id" in (await bank.ask(app)).json
    assert isinstance(app.options, ClientOptions)


async def test_the_decision_is_a_fact_and_a_grant(bank: Bank) -> None:
    """R153, R012."""
    await bank.approved()
    [said] = await bank.provider.data("ciba_request.approved")
    assert said["scope"] == ["openid", "email"]
    held = await bank.provider.oauth.grants.list_of(bank.provider.store, bank.person.id)
    assert [one.client.name for one in held] == ["Bank"]
