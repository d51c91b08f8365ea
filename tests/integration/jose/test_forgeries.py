"""Tokens that a careless implementation believes, at every place where one comes in."""

from collections.abc import AsyncIterator

import pytest
from tests.fakes.clock import FrozenClock
from tests.integration.jose.entrances import ATTESTER, Scene
from tests.support.apps import Running
from tests.support.forgeries import forgeries
from tests.support.websites import Website, website
from tests.support.world import provider_of


@pytest.fixture
async def site() -> AsyncIterator[Website]:
    async with website() as found:
        yield found


@pytest.fixture
def settings(site: Website) -> dict[str, str]:
    return {
        "LIMEN_OAUTH__CLIENT_AUTH__ATTESTERS": f"{ATTESTER}={site.url('/jwks')}",
        "LIMEN_OAUTH__CIBA__LEAST_TIME": "1ms",
        "LIMEN_OAUTH__TOKEN_REQUESTS_PER_MINUTE": "100000",
    }


@pytest.fixture
async def scene(limen: Running, clock: FrozenClock, site: Website) -> Scene:
    made = Scene(provider_of(limen, clock, limen.tenant), site)
    await made.prepare()
    return made


async def test_no_entrance_believes_a_forgery(scene: Scene) -> None:
    """R038, R039, R041, A095, A097, A099, A103: spelling, members, algorithms, keys, signatures.

    A right token is believed before and after, so that each refusal is for what was forged.
    """
    clock = scene.provider.clock
    for entrance in [*scene.entrances(), *await scene.signing_clients()]:
        answer = await entrance.send(entrance.right().token())
        assert entrance.believes(answer), (entrance.name, answer.status, answer.body)
        believed, failed = [], []
        for name, token in forgeries(entrance.right):
            answer = await entrance.send(token)
            if entrance.believes(answer):
                believed.append(name)
            if answer.status >= 500:
                failed.append((name, answer.status, answer.body))
            clock.advance(0.2)
        assert (believed, failed) == ([], []), entrance.name
        clock.advance(120)
