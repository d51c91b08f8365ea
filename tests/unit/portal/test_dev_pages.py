"""The inbox and the gallery: for developers, and safe all the same."""

from uuid import uuid4

import pytest
from tests.fakes.clock import START
from tests.support.pages import HOSTILE, PAGES, UNKNOWN, a_request, check_harmless, check_page, read

from limen.kernel.errors import NotFound
from limen.kernel.mail import Mail
from limen.platform.mail.inbox import Received
from limen.portal.pages.dev import DevPages
from limen.portal.routes import ROUTES


class FakeInbox:
    def __init__(self, *received: Received) -> None:
        self.received = received

    async def list_newest(self, _: object) -> list[Received]:
        return list(self.received)

    async def find(self, _: object, message: object) -> Received | None:
        return next((one for one in self.received if one.id == message), None)


def a_message() -> Received:
    mail = Mail("ada@example.org", HOSTILE, f"Go to https://id.example/x?a=1 {HOSTILE}", HOSTILE)
    return Received(uuid4(), START, mail)


async def test_the_inbox_shows_hostile_mail_as_text_in_a_sandbox() -> None:
    """A115, A067"""
    message = a_message()
    pages = DevPages(PAGES, FakeInbox(message))
    check_page(await pages.mail(a_request("/dev/mail")))
    shown = await pages.message(a_request("/dev/mail/x", params={"id": str(message.id)}))
    page = read(shown)
    check_harmless(page)
    (frame,) = page.all("iframe")
    assert frame["sandbox"] == "" and frame["srcdoc"] == HOSTILE
    assert [a["href"] for a in page.all("a", data_action="mail-link")] == [
        "https://id.example/x?a=1"
    ]


async def test_the_inbox_for_programs_has_the_promised_fields() -> None:
    import msgspec

    listed = await DevPages(PAGES, FakeInbox(a_message())).mail_json(a_request("/dev/mail.json"))
    (first,) = msgspec.json.decode(listed.body)
    assert {"to", "subject", "text", "html", "links"} <= first.keys()
    assert first["links"] == ["https://id.example/x?a=1"]


@pytest.mark.parametrize("named", ["x", UNKNOWN, HOSTILE])
async def test_an_unknown_message_is_nothing(named: str) -> None:
    for inbox in (FakeInbox(), None):
        with pytest.raises(NotFound):
            await DevPages(PAGES, inbox).message(a_request("/dev/mail/x", params={"id": named}))


async def test_without_an_inbox_nothing_is_listed() -> None:
    pages = DevPages(PAGES, None)
    assert "SMTP" in check_page(await pages.mail(a_request("/dev/mail"))).text
    assert (await pages.mail_json(a_request("/dev/mail.json"))).body == b"[]"


async def test_the_gallery_shows_every_component_three_times() -> None:
    page = read(await DevPages(PAGES, None).components(a_request("/dev/components")))
    check_harmless(page)
    assert [a["dir"] for a in page.all("section")] == ["ltr", "ltr", "rtl"]


def test_these_pages_exist_in_dev_only() -> None:
    assert all(route.dev for route in ROUTES if route.path.startswith("/dev/"))
