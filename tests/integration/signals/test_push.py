"""Pushing (RFC 8935): signed when it is sent, tried again, and stopped where nobody takes it."""

from typing import Any

from tests.support.oauth import Provider
from tests.support.receivers import Receiver
from tests.support.signals import CAEP, PUSH, Hearing

from limen.platform.fetch import FetchSettings


async def test_an_event_is_pushed_and_verified(hearing: Hearing, receiver: Receiver) -> None:
    delivery = {
        "method": PUSH, "endpoint_url": f"{receiver.url}/set", "authorization_header": "Bearer s3",
    }  # fmt: skip
    stream = await hearing.stream(delivery=delivery)
    await hearing.end()
    await hearing.sends()
    (got,) = receiver.received
    assert got.headers["content-type"] == "application/secevent+jwt"
    assert got.headers["authorization"] == "Bearer s3"
    event = await hearing.verified(got.body.decode())
    assert CAEP + "session-revoked" in event["events"]
    await hearing.sends()
    assert len(receiver.received) == 1
    refused = await hearing.call("POST", f"/ssf/streams/{stream}/poll", {})
    assert refused.status == 404


async def test_who_takes_nothing_is_paused_where_all_see_it(
    provider: Provider, hearing: Hearing, receiver: Receiver
) -> None:
    """A135: a failing receiver stops its own stream; what waits comes once it is enabled again."""
    receiver.answers += [410]
    stream = await hearing.pushed(f"{receiver.url}/set")
    await hearing.end()
    await hearing.sends()
    query = f"stream_id={stream}"
    status = (await hearing.call("GET", "/ssf/status", query=query)).json
    assert (status["status"], status["reason"]) == ("paused", "delivery_failed")
    assert await provider.reasons("signal_stream.paused") == ["delivery_failed"]
    await hearing.sends()
    assert len(receiver.received) == 1
    await hearing.call("POST", "/ssf/status", {"stream_id": stream, "status": "enabled"})
    await hearing.sends()
    first, second = [await hearing.verified(got.body.decode()) for got in receiver.received]
    assert first["jti"] == second["jti"]


async def test_the_header_stays_until_the_delivery_changes(
    hearing: Hearing, receiver: Receiver
) -> None:
    """R151: the header is shown to nobody again, and goes with the address it was given for."""
    delivery: dict[str, Any] = {
        "method": PUSH, "endpoint_url": f"{receiver.url}/a", "authorization_header": "Bearer s3",
    }  # fmt: skip
    stream = await hearing.stream(delivery=delivery)
    await hearing.call("PATCH", "/ssf/streams", {"stream_id": stream, "description": "x"})
    await hearing.end()
    await hearing.sends()
    del delivery["authorization_header"]
    delivery["endpoint_url"] = f"{receiver.url}/b"
    body = {"stream_id": stream, "delivery": delivery}
    answer = await hearing.call("PATCH", "/ssf/streams", body)
    assert b"s3" not in answer.body
    await hearing.move("suspended")
    await hearing.sends()
    one, two = receiver.received
    assert (one.path, one.headers.get("authorization")) == ("/a", "Bearer s3")
    assert (two.path, two.headers.get("authorization")) == ("/b", None)


async def test_no_push_reaches_what_is_ours(
    database: Any, store: Any, clock: Any, tenant: Any
) -> None:
    """A117, R135: the address is judged where it leads, when it is used; why is not told."""
    from tests.support.oauth import build
    from tests.support.receivers import receiving
    from tests.support.signals import application

    provider = await build(database, store, clock, tenant)
    post = next(task for task in provider.tasks if task.name == "deliveries.send")
    sender = post.run.__self__
    from limen.platform.fetch import Fetcher

    sender._poster = Fetcher(FetchSettings(), clock, dev=False)
    hearing = await application(provider)
    hearing.ada = await provider.person()
    await hearing.sign_in()
    async with receiving() as inside:
        urls = (f"http://127.0.0.1:{inside.port}/", f"http://localhost:{inside.port}/",
                "https://169.254.169.254/latest")  # fmt: skip
        for url in urls:
            await hearing.pushed(url)
        await hearing.end()
        await hearing.sends()
        assert inside.received == []
