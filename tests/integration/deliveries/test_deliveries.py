"""Deliveries: queued with their change, made at least once, later and later, for a day."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.support.deliveries import KIND, Answer, Payload, Posting

from limen.kernel.deliveries import Delivery
from limen.kernel.errors import NotFound
from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.platform.db import Query, mine
from limen.platform.deliveries.sender import LEASE
from limen.platform.deliveries.tables import deliveries, delivery_queue

URL = "https://rp.example/hook"
sealed = Query(
    sa.select(deliveries.c.payload_sealed).where(mine(deliveries)).order_by(deliveries.c.id), bytes
)
queued = Query(sa.select(delivery_queue.c.id), Any)  # type: ignore[type-abstract]


async def waiting(posting: Posting) -> int:
    return len(await posting.database.system.all(queued))


async def test_what_is_queued_is_sealed_sent_and_wiped(posting: Posting) -> None:
    """R141, R151: no token and no person is in the store in the clear, and none once sent."""
    (one,) = await posting.queue("the-secret", receiver=new_id())
    assert posting.deliveries.wake.is_set()
    (content,) = await posting.store.all(sealed)
    assert content and b"the-secret" not in content
    await posting.run()
    assert posting.receivers.got == [(URL, b"the-secret")]
    receipt = await posting.receipt(one)
    assert (receipt.status, receipt.attempts, receipt.answered) == ("delivered", 1, 200)
    assert receipt.next_at is None and receipt.settled_at == posting.clock.now()
    assert await posting.store.all(sealed) == [b""]
    assert await waiting(posting) == 0


async def test_a_unit_that_fails_queues_nothing(posting: Posting) -> None:
    async def work(tx: Tx) -> None:
        new = Delivery(kind=KIND, url=URL, payload=Payload("x"), subject=new_id())
        await posting.deliveries.enqueue(tx, new)
        raise LookupError

    with pytest.raises(LookupError):
        await posting.store.transact(work)
    assert not posting.deliveries.wake.is_set()
    await posting.run()
    assert posting.receivers.got == []


async def test_a_kind_that_nobody_makes_is_refused_at_once(posting: Posting) -> None:
    new = Delivery(kind="other", url=URL, payload=Payload("x"), subject=new_id())
    with pytest.raises(LookupError, match="other"):
        await posting.store.transact(lambda tx: posting.deliveries.enqueue(tx, new))
    with pytest.raises(ValueError, match="already"):
        posting.deliveries.register(KIND, posting.render)


async def test_a_receiver_that_fails_twice_gets_it_the_third_time(posting: Posting) -> None:
    """R134: later and later, the same id, and each try can be seen."""
    posting.receivers.answers[URL] = [500, TimeoutError()]
    (one,) = await posting.queue("x")
    await posting.run()
    await posting.run()
    assert len(posting.receivers.got) == 1  # not before its time
    receipt = await posting.receipt(one)
    assert (receipt.status, receipt.attempts, receipt.answered, receipt.error) == (
        "waiting", 1, 500, "refused",
    )  # fmt: skip
    wait = receipt.next_at - posting.clock.now()
    assert timedelta(seconds=4) <= wait <= timedelta(seconds=6)
    posting.clock.advance(6.1)
    await posting.run()
    receipt = await posting.receipt(one)
    assert (receipt.attempts, receipt.answered, receipt.error) == (2, None, "no_answer")
    posting.clock.advance(20)
    await posting.run()
    posting.clock.advance(4.1)
    await posting.run()
    receipt = await posting.receipt(one)
    assert (receipt.status, receipt.attempts, receipt.error) == ("delivered", 3, None)
    ((sending, result),) = posting.ended
    assert (sending.id, sending.attempt, result.status) == (one, 3, "delivered")


async def test_it_is_given_up_after_a_day_and_can_be_tried_again_by_hand(posting: Posting) -> None:
    """R134: for a day, and then by hand."""
    posting.receivers.answers[URL] = [500] * 100
    (one,) = await posting.queue("x")
    started = posting.clock.now()
    while (await posting.receipt(one)).status == "waiting":
        await posting.run()
        posting.clock.advance(timedelta(minutes=30))
    took = posting.clock.now() - started
    assert timedelta(hours=20) < took < timedelta(hours=26)
    tries = len(posting.receivers.got)
    assert 12 < tries < 25
    receipt = await posting.receipt(one)
    assert (receipt.status, receipt.error, receipt.answered) == ("failed", "refused", 500)
    assert [result.status for _, result in posting.ended] == ["failed"]
    posting.receivers.answers.clear()
    assert await posting.store.transact(lambda tx: posting.deliveries.retry(tx, one)) is True
    await posting.run()
    assert (await posting.receipt(one)).status == "delivered"
    assert await posting.store.transact(lambda tx: posting.deliveries.retry(tx, one)) is False


async def test_it_may_be_worth_less_than_a_day(posting: Posting) -> None:
    posting.receivers.answers[URL] = [500] * 10
    (one,) = await posting.queue("x", lifetime=timedelta(minutes=1))
    for _ in range(6):
        await posting.run()
        posting.clock.advance(25)
    assert (await posting.receipt(one)).status == "failed"
    assert len(posting.receivers.got) < 6


async def test_who_is_gone_is_not_asked_again(posting: Posting) -> None:
    posting.receivers.answers[URL] = [410]
    (one,) = await posting.queue("x")
    await posting.run()
    assert (await posting.receipt(one)).status == "failed"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 501])
async def test_whatever_is_no_success_is_tried_again(posting: Posting, status: int) -> None:
    """A117: a redirect is a failure, which nobody follows."""
    posting.receivers.answers[URL] = [Answer(status, {"location": "http://169.254.169.254/"})]
    (one,) = await posting.queue("x")
    await posting.run()
    assert len(posting.receivers.got) == 1
    posting.clock.advance(7)
    await posting.run()
    assert (await posting.receipt(one)).status == "delivered"


async def test_a_receiver_may_ask_for_patience_but_not_for_ever(posting: Posting) -> None:
    busy = Answer(503, {"retry-after": "600"}), Answer(503, {"retry-after": "99999999"})
    posting.receivers.answers[URL] = [*busy, Answer(503, {"retry-after": "soon"})]
    (one,) = await posting.queue("x")
    now = posting.clock.now
    await posting.run()
    assert (await posting.receipt(one)).next_at == now() + timedelta(minutes=10)
    posting.clock.advance(601)
    await posting.run()
    assert (await posting.receipt(one)).next_at == now() + timedelta(hours=2)
    posting.clock.advance(timedelta(hours=2, seconds=1))
    await posting.run()
    assert (await posting.receipt(one)).next_at < now() + timedelta(minutes=2)


async def test_what_cannot_be_rendered_waits_and_what_need_not_be_said_is_withdrawn(
    posting: Posting,
) -> None:
    broken, withdrawn = await posting.queue("broken", "withdrawn")
    await posting.run()
    assert posting.receivers.got == []
    assert (await posting.receipt(broken)).error == "not_rendered"
    assert (await posting.receipt(withdrawn)).status == "withdrawn"
    assert [result.status for _, result in posting.ended] == ["withdrawn"]


async def test_what_waits_can_be_withdrawn(posting: Posting) -> None:
    subject = new_id()
    await posting.queue("a", "b", subject=subject)
    await posting.queue("c")
    work = lambda tx: posting.deliveries.withdraw(tx, KIND, subject)  # noqa: E731
    assert await posting.store.transact(work) == 2
    await posting.run()
    assert posting.receivers.texts == ["c"]
    assert await waiting(posting) == 0
    found = await posting.deliveries.of_subject(posting.store, KIND, subject)
    assert [one.status for one in found] == ["withdrawn"] * 2


async def test_a_slow_receiver_starves_nobody(posting: Posting) -> None:
    """R134: two at once to one receiver, whatever waits for it; the others go by."""
    slow = asyncio.Event()
    posting.receivers.answers["https://slow.example/"] = [slow] * 300
    await posting.queue(*["s"] * 300, url="https://slow.example/")
    await posting.queue(*["f"] * 100, url="https://fast.example/")
    turn = asyncio.ensure_future(posting.run())
    await posting.receivers.until(lambda: posting.receivers.texts.count("f") == 100)
    assert posting.receivers.texts.count("s") == 2
    slow.set()
    async with asyncio.timeout(20):
        await turn
    assert posting.receivers.texts.count("s") == 300
    assert max(posting.receivers.most.values()) <= 2


async def test_one_that_never_answers_is_given_a_rest(posting: Posting) -> None:
    dead = "https://dead.example/"
    posting.receivers.answers[dead] = [ConnectionError()] * 50
    await posting.queue(*["d"] * 50, url=dead)
    await posting.run()
    assert len(posting.receivers.got) < 6
    posting.clock.advance(2)
    await posting.run()
    assert len(posting.receivers.got) < 8


async def test_many_at_once_cost_a_few_statements(posting: Posting) -> None:
    """Thousands of applications in one session end with it."""
    began = asyncio.get_running_loop().time()
    ids = await posting.queue(*[f"t{n}" for n in range(3000)])
    assert len(set(ids)) == 3000
    assert asyncio.get_running_loop().time() - began < 5
    assert await waiting(posting) == 3000


async def test_two_processes_send_each_once(posting: Posting, open_second: Any) -> None:
    """R024: the row of the queue is the lease, and the store decides who has it."""
    another = posting.process(database=await open_second(posting.database))
    await posting.queue(*[f"t{n}" for n in range(60)])
    await asyncio.gather(posting.run(), another.run(), posting.run())
    assert sorted(posting.receivers.texts) == sorted(f"t{n}" for n in range(60))
    assert await waiting(posting) == 0


async def test_a_crash_costs_one_repetition_at_most(posting: Posting) -> None:
    """Killed between the post and its result: another process takes over after the lease."""
    never = asyncio.Event()
    posting.receivers.answers[URL] = [never]
    (one,) = await posting.queue("x")
    turn = asyncio.ensure_future(posting.run())
    await posting.receivers.until(lambda: bool(posting.receivers.got))
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    another = posting.process()
    await another.run()
    assert len(posting.receivers.got) == 1  # it may still be under way
    posting.clock.advance(LEASE + timedelta(seconds=1))
    await another.run()
    assert len(posting.receivers.got) == 2
    receipt = await posting.receipt(one)
    assert (receipt.status, receipt.attempts) == ("delivered", 2)


async def test_who_comes_after_the_lease_changes_nothing(posting: Posting) -> None:
    """A process that was away for longer than its lease does not write over another's result."""
    slow = asyncio.Event()
    posting.receivers.answers[URL] = [slow]
    (one,) = await posting.queue("x")
    late = asyncio.ensure_future(posting.run())
    await posting.receivers.until(lambda: bool(posting.receivers.got))
    posting.clock.advance(LEASE + timedelta(seconds=1))
    another = posting.process()
    await another.run()
    slow.set()
    await late
    assert [result.attempts for _, result in another.ended] == [2]
    assert posting.ended == []
    assert (await posting.receipt(one)).attempts == 2


async def test_pages_and_strangers(posting: Posting) -> None:
    """A077: what is not this tenant's is not there."""
    receiver = new_id()
    ids = sorted(await posting.queue("a", "b", receiver=receiver))
    await posting.queue("c")
    page = posting.deliveries.page
    assert [r.id for r in await page(posting.store, KIND, receiver=receiver, limit=9)] == ids
    assert [r.id for r in await page(posting.store, KIND, after=ids[0], limit=1)] == ids[1:]
    await posting.run()
    found = await page(posting.store, KIND, status="delivered", receiver=receiver, limit=9)
    assert len(found) == 2
    assert len(await page(posting.store, KIND, status="delivered", limit=9)) == 3
    assert await page(posting.store, KIND, status="failed", limit=9) == []
    with pytest.raises(NotFound):
        await posting.deliveries.get(posting.store, new_id())


async def test_what_is_over_is_forgotten_after_a_month(posting: Posting) -> None:
    """G11, A135."""
    (one,) = await posting.queue("x")
    await posting.run()
    posting.clock.advance(timedelta(days=29))
    await posting.forget()
    assert await posting.receipt(one)
    posting.clock.advance(timedelta(days=2))
    await posting.forget()
    with pytest.raises(NotFound):
        await posting.receipt(one)


async def test_the_doctor_sees_what_fails_again_and_again(posting: Posting) -> None:
    check = posting.wired.check.run
    assert (await check()).verdict == "ok"
    posting.receivers.answers[URL] = [500] * 10
    await posting.queue("x")
    for _ in range(5):
        assert (await check()).verdict == "ok"
        await posting.run()
        posting.clock.advance(timedelta(hours=1))
    found = await check()
    assert found.verdict == "warn" and "1 posts to 1 receivers" in found.reason


async def test_tries_are_counted(posting: Posting) -> None:
    posting.receivers.answers[URL] = [500]
    await posting.queue("x")
    await posting.run()
    posting.clock.advance(7)
    await posting.run()
    text = posting.metrics.text().decode()
    assert 'limen_deliveries_total{kind="test.kind",result="retried"} 1' in text
    assert 'limen_deliveries_total{kind="test.kind",result="delivered"} 1' in text
    assert "limen_deliveries_under_way 0" in text
