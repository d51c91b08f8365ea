"""The pool: who gets a connection, when, and what never happens to one."""

import asyncio
from typing import Any

import pytest

from limen.kernel.errors import Unavailable
from limen.platform.db.errors import Busy
from limen.platform.db.postgres.pool import Pool


class Connection:
    """As much of a connection as the pool looks at."""

    def __init__(self) -> None:
        self.closed = self.in_transaction = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.in_transaction

    def terminate(self) -> None:
        self.closed = True

    async def close(self, timeout: float) -> None:
        self.closed = True


class Server:
    """Counts the connections it gave."""

    def __init__(self) -> None:
        self.given: list[Connection] = []
        self.down: list[Exception] = []

    async def connect(self) -> Connection:
        await asyncio.sleep(0)
        if self.down:
            raise self.down.pop()
        self.given.append(Connection())
        return self.given[-1]


@pytest.fixture
def server() -> Server:
    return Server()


def pool(server: Server, size: int = 2, patience: float = 5.0) -> Any:
    return Pool(server.connect, size, patience)


async def test_the_last_one_given_back_is_taken_first(server: Server) -> None:
    ours = pool(server)
    one, two = await ours.take(), await ours.take()
    ours.give_back(one)
    ours.give_back(two)
    assert await ours.take() is two
    assert await ours.take() is one
    assert len(server.given) == 2


async def test_whoever_waits_longest_is_served_first(server: Server) -> None:
    ours = pool(server, size=1)
    connection, served = await ours.take(), []

    async def wait(name: str) -> None:
        found = await ours.take()
        served.append(name)
        ours.give_back(found)

    waiting = [asyncio.ensure_future(wait(name)) for name in "abc"]
    await asyncio.sleep(0)
    ours.give_back(connection)
    await asyncio.gather(*waiting)
    assert served == ["a", "b", "c"]
    assert len(server.given) == 1


async def test_patience_ends(server: Server) -> None:
    ours = pool(server, size=1, patience=0.005)
    held = await ours.take()
    with pytest.raises(Busy):
        await ours.take()
    ours.give_back(held)
    assert await ours.take() is held


async def test_a_connection_given_to_somebody_who_leaves_is_not_lost(server: Server) -> None:
    ours = pool(server, size=1)
    held = await ours.take()
    waiting = asyncio.ensure_future(ours.take())
    await asyncio.sleep(0)
    ours.give_back(held)  # it is the waiting one's now …
    waiting.cancel()  # … who leaves before it knows
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await asyncio.wait_for(ours.take(), 1) is held


async def test_what_is_closed_or_in_a_transaction_is_not_handed_on(server: Server) -> None:
    ours = pool(server, size=1)
    first = await ours.take()
    first.in_transaction = True
    waiting = asyncio.ensure_future(ours.take())
    await asyncio.sleep(0)
    ours.give_back(first)
    assert first.closed
    second = await waiting
    assert second is not first
    ours.give_back(second)
    second.closed = True  # by the server, while it lay there
    assert await ours.take() is server.given[2]


async def test_a_server_that_is_down_leaves_the_room_free(server: Server) -> None:
    ours = pool(server, size=1)
    server.down = [OSError("down"), OSError("down")]
    results = await asyncio.gather(ours.take(), ours.take(), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, Unavailable]
    assert isinstance(await ours.take(), Connection)


async def test_an_error_of_ours_in_connecting_is_not_hidden(server: Server) -> None:
    ours = pool(server, size=1)
    server.down = [ValueError("no such option")]
    with pytest.raises(ValueError, match="option"):
        await ours.take()
    assert isinstance(await ours.take(), Connection)


async def test_closing_waits_for_those_in_use_and_refuses_everybody_else(server: Server) -> None:
    ours = pool(server)
    used, free = await ours.take(), await ours.take()
    waiting = asyncio.ensure_future(ours.take())
    await asyncio.sleep(0)
    ours.give_back(free)
    await waiting
    ours.give_back(free)
    closing = asyncio.ensure_future(ours.aclose())
    await asyncio.sleep(0)
    assert free.closed
    assert not closing.done()
    with pytest.raises(Unavailable):
        await ours.take()
    ours.give_back(used)
    await closing
    assert used.closed
