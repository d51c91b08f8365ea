"""Counting attempts, on both stores."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from tests.support.people import People, people

from limen.kernel.errors import TooMany
from limen.kernel.ids import new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.risk.store import KEPT

__all__ = ["people"]
NOWHERE = Cause()
USER = UUID(int=7)


async def admit(people: People, account: str = "ada", cause: Cause = NOWHERE, **more) -> None:
    await people.attempts.admit(
        people.store, **({"purpose": "sign_in", "account": account, "cause": cause} | more)
    )


async def admitted(people: People, times: int, **more) -> int:
    results = await asyncio.gather(
        *(admit(people, **more) for _ in range(times)), return_exceptions=True
    )
    assert all(r is None or isinstance(r, TooMany) for r in results)
    return results.count(None)


async def test_of_many_at_once_exactly_the_limit_is_admitted(people: People) -> None:
    """A073: the counter is exact, also in two processes with limiters of their own."""
    other = people.new_attempts()
    first = people.attempts

    async def by(attempts) -> None:
        await attempts.admit(people.store, purpose="sign_in", account="ada", cause=NOWHERE)

    results = await asyncio.gather(
        *(by(first if n % 2 else other) for n in range(100)), return_exceptions=True
    )
    assert results.count(None) == 10


async def test_a_count_survives_the_failure_of_its_request(people: People) -> None:
    """A046: it commits on its own."""
    for _ in range(9):
        with pytest.raises(RuntimeError):
            await admit(people)
            raise RuntimeError("the request failed after it")
    assert await admitted(people, 5) == 1


async def test_success_gives_back_and_forgets(people: People) -> None:
    for _ in range(50):
        await admit(people)
        await people.attempts.succeeded(
            people.store, purpose="sign_in", account="ada", cause=NOWHERE
        )
    assert await admitted(people, 20) == 10


async def test_shed_load_takes_off_its_own_attempt_alone(people: People) -> None:
    for _ in range(4):
        await admit(people)
    for _ in range(50):
        await admit(people)
        await people.attempts.give_back(
            people.store, purpose="sign_in", account="ada", cause=NOWHERE
        )
    assert await admitted(people, 20) == 6


async def test_accounts_and_tenants_are_counted_apart(people: People) -> None:
    assert await admitted(people, 20, account="ada") == 10
    assert await admitted(people, 20, account="bob") == 10


async def test_both_ways_to_prove_a_password_count_together(people: People) -> None:
    """R074: over any path."""
    assert await admitted(people, 7, purpose="sign_in") == 7
    assert await admitted(people, 7, purpose="confirm") == 3


async def test_one_of_many_failures_is_the_one_that_locked(people: People) -> None:
    for _ in range(10):
        await admit(people)
    told = await asyncio.gather(
        *(
            people.attempts.failed(
                people.store, purpose="sign_in", account="ada", cause=NOWHERE, user=USER
            )
            for _ in range(10)
        )
    )
    assert told.count(True) == 1
    assert len(await people.facts("account.locked")) == 1


async def test_an_ip_address_has_thirty_failures_a_minute(people: People) -> None:
    """A071: for any accounts; a /64 is one; successes are given back; recorded once."""
    results: list[bool] = []
    for n in range(40):
        cause = Cause(ip=f"2001:db8::{n + 1:x}")
        try:
            await admit(people, f"user{n}", cause)
            results.append(True)
        except TooMany as refused:
            assert refused.retry_after >= 1
            results.append(False)
    assert results == [True] * 30 + [False] * 10
    assert len(await people.facts("address.limited")) == 1
    await admit(people, "someone", Cause(ip="2001:db8:0:1::1"))
    people.clock.advance(60)
    await admit(people, "someone", Cause(ip="2001:db8::1"))


async def test_successes_do_not_count_against_an_ip_address(people: People) -> None:
    cause = Cause(ip="192.0.2.9")
    for n in range(100):
        await admit(people, f"user{n}", cause)
        await people.attempts.succeeded(
            people.store, purpose="sign_in", account=f"user{n}", cause=cause
        )


async def test_recovery_is_counted_apart_from_signing_in(people: People) -> None:
    """R083: limits on links do not block sign-in."""
    cause = Cause(ip="192.0.2.9")
    assert await admitted(people, 40, purpose="mail", cause=cause) == 30
    assert await admitted(people, 40, purpose="reset", cause=cause) == 30
    await admit(people, "ada", cause)


async def test_clients_are_counted_in_memory_each_for_itself(people: People) -> None:
    """A071: the token endpoint is keyed by client; nobody shuts another one's client out."""
    near, far = Cause(ip="192.0.2.9"), Cause(ip="198.51.100.1")
    assert await admitted(people, 40, purpose="client_secret", account="app", cause=near) == 30
    assert await admitted(people, 5, purpose="client_secret", account="other", cause=near) == 5
    assert await admitted(people, 5, purpose="client_secret", account="app", cause=far) == 5


async def test_dev_relaxes_loopback_alone(people: People) -> None:
    people.attempts = people.new_attempts(dev=True)
    local, far = Cause(ip="127.0.0.1"), Cause(ip="192.0.2.9")
    assert await admitted(people, 100, purpose="reset", cause=local) == 100
    assert await admitted(people, 100, purpose="reset", cause=far) == 30
    people.attempts = people.new_attempts(dev=False)
    people.limiter._rests.clear()
    assert await admitted(people, 100, purpose="reset", cause=local) == 30


async def test_a_reset_forgets_all_counts_of_a_person(people: People) -> None:
    await admitted(people, 20, account="ada", user=USER)
    await admitted(people, 20, account="ada@example.com", user=USER)

    async def forget(tx: Tx) -> None:
        await people.attempts.forget(tx, accounts=["ada", "ada@example.com"], user=USER)

    await people.store.transact(forget)
    assert await admitted(people, 20, account="ada", user=USER) == 10


async def test_mails_are_counted_per_address_and_hour(people: People) -> None:
    """R083: five, whoever asks, in parallel too."""
    said = await asyncio.gather(
        *(people.attempts.may_mail(people.store, "ada@example.com") for _ in range(20))
    )
    assert said.count(True) == 5
    assert await people.attempts.may_mail(people.store, "bob@example.com")
    people.clock.advance(timedelta(hours=1, seconds=1))
    assert await people.attempts.may_mail(people.store, "ada@example.com")


async def test_old_counts_go_by_themselves(people: People) -> None:
    """A135: names that nobody has do not fill the store."""
    for n in range(5):
        await admit(people, f"nobody{n}")
    people.clock.advance(KEPT + timedelta(seconds=1))
    await admit(people, "somebody")
    assert await rows(people) == 2


async def rows(people: People) -> int:
    import sqlalchemy as sa

    from limen.platform.db import Query, mine
    from limen.risk.store import attempts

    count = Query(sa.select(sa.func.count()).select_from(attempts).where(mine(attempts)), int)
    found = await people.store.one(count)
    assert found is not None
    return found


async def test_the_store_holds_no_identifier(people: People) -> None:
    """A127, R150: keys are MACs; an identifier may be a password typed into the wrong field."""
    import sqlalchemy as sa

    from limen.platform.db import Query, mine
    from limen.risk.store import attempts

    await admit(people, "ada@example.com")
    ids = Query(sa.select(attempts.c.id).where(mine(attempts)), bytes)
    found = await people.store.all(ids)
    assert all(len(key) == 32 for key in found)
    assert len(found) == 2


async def test_a_browser_keeps_names_for_five_people(people: People) -> None:
    """R074: each is proof for one person only, and cannot be made up or altered."""
    users = [new_id() for _ in range(7)]
    devices = people.ports.devices
    held: str | None = None
    for user in users:
        held = await devices.remember(people.store, held, user)
    assert held is not None
    assert len(held) < 700  # it fits into a sealed cookie
    known = [await devices.recognise(people.store, held, user) for user in users]
    assert [name is not None for name in known] == [False] * 2 + [True] * 5
    again = await devices.remember(people.store, held, users[-1])
    assert await devices.recognise(people.store, again, users[-1]) == known[-1]
    assert await devices.recognise(people.store, again, users[3]) == known[3]
    flipped = ("B" if held[30] == "A" else "A").join([held[:30], held[31:]])
    assert await devices.recognise(people.store, flipped, users[-1]) is None
    for nonsense in ("", ".", "é", "x" * 64, "." * 100):
        assert await devices.recognise(people.store, nonsense, users[0]) is None
