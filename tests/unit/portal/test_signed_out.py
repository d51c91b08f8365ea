"""The page after signing out, whatever applications are called."""

from typing import Any

import pytest
from tests.fakes.faces import FakeLogout, FakeSessions
from tests.support.pages import HOSTILE, PAGES, a_request, check_page

from limen.oauth.api import Left, ToldApplication
from limen.portal.errors import PageGone
from limen.portal.pages.signout import SignOutPages


def left(**changes: Any) -> Left:
    values: dict[str, Any] = {
        "applications": (
            ToldApplication("Shop", "delivered"), ToldApplication(HOSTILE, "failed"),
            ToldApplication("Wiki", "not_told"),
        ),
        "frames": (), "frame_sources": "'none'", "continue_to": None, "application": None,
        "languages": (), "wait": 5,
    }  # fmt: skip
    return Left(**(values | changes))


def pages(shown: Left | None) -> SignOutPages:
    return SignOutPages(PAGES, FakeLogout(shown=shown), FakeSessions())


async def test_each_application_is_listed_with_what_it_knows() -> None:
    """A115."""
    response = await pages(left()).done(a_request("/signout/done", query={"left": "a&b"}))
    page = check_page(response)
    standings = [a["data-standing"] for a in page.all("li") if "data-standing" in a]
    assert standings == ["delivered", "failed", "not_told"]
    assert response.csp is None and not page.all("meta", http_equiv="refresh")
    assert page.all("a", data_action="look-again")[0]["href"] == "/signout/done?left=a%26b"


async def test_frames_and_the_way_on() -> None:
    """R009, A115: what an application put into its address stays inside the attribute."""
    to = "https://app.example/bye?state=%22%3E%3Csvg%27"
    shown = left(
        frames=('https://app.example/out?iss=x&sid=y"><svg onload=1>',),
        frame_sources="https://app.example/out", continue_to=to, application=HOSTILE,
    )  # fmt: skip
    response = await pages(shown).done(a_request("/signout/done", query={"left": "h"}))
    page = check_page(response)
    assert response.csp == {"frame-src": "https://app.example/out"}
    assert len(page.all("iframe")) == 1
    assert page.all("meta", http_equiv="refresh")[0]["content"] == f"5; url={to}"
    assert page.all("a", data_action="continue")[0]["href"] == to


async def test_a_way_on_without_frames_is_taken_at_once() -> None:
    response = await pages(left(continue_to="/signin/select")).done(
        a_request("/signout/done", query={"left": "h"})
    )
    page = check_page(response)
    assert page.all("meta", http_equiv="refresh")[0]["content"] == "0; url=/signin/select"
    assert not page.all("script")


async def test_what_is_not_there_is_missing() -> None:
    with pytest.raises(PageGone):
        await pages(None).done(a_request("/signout/done", query={"left": "h"}))
