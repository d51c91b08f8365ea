"""Whoever may not act any more hears nothing, of what waits already neither (A033)."""

from tests.support.issuers import manage
from tests.support.oauth import Provider
from tests.support.receivers import Receiver
from tests.support.signals import Hearing, turn


async def test_a_disabled_application_hears_nothing_that_waits(
    provider: Provider, hearing: Hearing, receiver: Receiver
) -> None:
    """A033: the event was queued before, and is not sent afterwards."""
    await hearing.pushed(f"{receiver.url}/set")
    await hearing.end()
    await hearing.follow()
    answer = await manage(provider, "POST", f"/api/v1/clients/{hearing.client.id}/disable")
    assert answer.status == 200
    await turn(provider, "deliveries.send")
    assert receiver.received == []
