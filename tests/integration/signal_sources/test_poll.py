"""Events that we ask for (RFC 8936): taken, acknowledged, refused; what fails is seen."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.listening import DISABLED, Listening
from tests.support.signals import turn
from tests.support.websites import Website, page, website

SECRET = "the secret of polls"


@pytest.fixture
async def site() -> AsyncIterator[Website]:
    async with website() as found:
        yield found


async def polled(listening: Listening, site: Website, answers: list[Any], **more: Any) -> str:
    """Have the source polled at the site, which gives `answers`, and then nothing."""

    def answer(_: Any) -> bytes:
        return page(json.dumps(answers.pop(0) if answers else {"sets": {}}).encode())

    site.pages["/poll"] = answer
    body = {"poll_url": site.url("/poll"), "secret": SECRET, **more}
    changed = await listening.api("PATCH", f"/{listening.source['id']}", body)
    assert changed.status == 200, changed.body
    assert SECRET.encode() not in changed.body
    return listening.source["id"]


async def error_of(listening: Listening) -> str | None:
    shown = await listening.api("GET", f"/{listening.source['id']}")
    return shown.json["data"]["poll_error"]


async def test_events_are_taken_and_acknowledged(listening: Listening, site: Website) -> None:
    good = listening.token()
    other = listening.token(listening.claims(DISABLED, iss="https://other.example"))
    first = {"sets": {"a": good, "b": other}, "moreAvailable": True}
    await polled(listening, site, [first, {"sets": {"c": good}}])
    await turn(listening.provider, "signals.poll")
    assert not await listening.is_signed_in()
    assert await listening.status() == "active"
    bodies = [json.loads(asked.body) for asked in site.asked]
    assert bodies[0] == {"maxEvents": 100, "returnImmediately": True}
    assert bodies[1]["ack"] == ["a"]
    assert bodies[1]["setErrs"]["b"]["err"] == "invalid_issuer"
    assert bodies[2] == {"ack": ["c"], "maxEvents": 0, "returnImmediately": True}
    assert site.asked[0].headers["authorization"] == f"Bearer {SECRET}"
    assert len(await listening.provider.data("signal.received")) == 1
    assert await error_of(listening) is None


async def test_the_secret_gets_a_token(listening: Listening, site: Website) -> None:
    site.put("/token", {"access_token": "at", "token_type": "Bearer", "expires_in": 300})
    more = {"token_url": site.url("/token"), "client_id": "us", "scope": "ssf.read"}
    await polled(listening, site, [], **more)
    for _ in range(2):
        await turn(listening.provider, "signals.poll")
    assert [a.path for a in site.asked] == ["/token", "/poll", "/poll"]
    assert site.asked[1].headers["authorization"] == "Bearer at"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (page(b"", "500 Oops"), "refused_500"),
        (page(b"", "302 Found", location="http://localhost/x"), "refused_302"),
        (page(b"[]"), "malformed"),
        (page(b"{"), "malformed"),
        (page(b'{"sets": ["x"]}'), "malformed"),
        (page(b"", content_length=str(9_000_000)), "no_answer"),
    ],
)
async def test_what_fails_is_seen(
    listening: Listening, site: Website, answer: bytes, error: str
) -> None:
    """A117: the source shows that it fails, and of an address that nobody answers no more."""
    await polled(listening, site, [])
    site.pages["/poll"] = answer
    await turn(listening.provider, "signals.poll")
    assert await error_of(listening) == error
    site.put("/poll", {"sets": {}})
    await turn(listening.provider, "signals.poll")
    assert await error_of(listening) is None


async def test_polls_reach_nothing_that_is_ours(listening: Listening, site: Website) -> None:
    """A117, R135: an address inside is asked by the one client that refuses it."""
    await polled(listening, site, [])
    body = {"poll_url": "https://169.254.169.254/latest"}
    await listening.api("PATCH", f"/{listening.source['id']}", body)
    await turn(listening.provider, "signals.poll")
    assert await error_of(listening) == "no_answer"
    assert site.asked == []
