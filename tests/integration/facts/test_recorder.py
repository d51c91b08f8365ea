"""Facts are recorded with the change they report, and what is personal is sealed."""

import asyncio

import msgspec
import pytest
from tests.support.facts import CAUSE, PERSON, Rig, a_fact, rig

from limen.kernel.events import Fact
from limen.kernel.request import ANONYMOUS, Cause
from limen.kernel.uow import Tx
from limen.kernel.vault import Place

__all__ = ["rig"]


async def test_a_fact_holds_who_did_what_to_whom_and_why(rig: Rig) -> None:
    """R150: who, what, when, from where, with which result, in which request."""
    await rig.record(a_fact(7, reason="because", result="refused"))
    (row,) = await rig.log.rows(rig.store, {}, before=None, limit=10)
    assert (row.name, row.actor_kind, row.actor) == ("user.changed", "user", PERSON)
    assert (row.target_kind, row.target, row.person) == ("user", str(PERSON), PERSON)
    assert (row.result, row.reason) == ("refused", "because")
    assert (row.request_id, row.ref) == ("req-1", "7F3K-21")
    assert row.at == rig.clock.now()
    assert row.data == '{"fields":["name","locale"],"number":7}'
    assert row.seq is None


async def test_what_is_personal_is_sealed_under_the_persons_key(rig: Rig) -> None:
    """R141, G03: the address and the user agent too; the row shows none of it."""
    await rig.record(a_fact())
    (row,) = await rig.log.rows(rig.store, {}, before=None, limit=10)
    assert row.personal_sealed is not None
    key = await rig.vault.person(rig.store, PERSON)
    assert key is not None
    assert key.commitment == row.key_commitment
    opened = key.open(Place("events", "personal", row.event_id), row.personal_sealed)
    assert msgspec.json.decode(opened) == {
        "email": "ada@example.org",
        "ip": "192.0.2.7",
        "user_agent": "Browser/1.0",
    }
    for clear in (b"ada@example.org", b"192.0.2.7", b"Browser"):
        assert clear not in row.personal_sealed


async def test_without_a_person_the_tenants_key_seals(rig: Rig) -> None:
    await rig.record(a_fact(person=None, personal={}))
    (row,) = await rig.log.rows(rig.store, {}, before=None, limit=10)
    keyring = await rig.vault.keyring(rig.store)
    assert row.personal_sealed is not None
    assert row.key_commitment is None
    opened = keyring.open(Place("events", "personal", row.event_id), row.personal_sealed)
    assert b"192.0.2.7" in opened


async def test_a_fact_without_anything_personal_holds_no_ciphertext(rig: Rig) -> None:
    await rig.record(a_fact(person=None, personal={}), cause=Cause())
    (row,) = await rig.log.rows(rig.store, {}, before=None, limit=10)
    assert row.personal_sealed is None


async def test_a_person_whose_key_was_destroyed_gets_no_new_one(rig: Rig) -> None:
    """G03: facts about an erased person say that something happened, and nothing of them."""
    await rig.record(a_fact())

    async def erase(tx: Tx) -> None:
        await rig.vault.destroy_person(tx, PERSON)
        await rig.recorder.record(tx, a_fact(1), CAUSE)

    await rig.store.transact(erase)
    newest, _ = await rig.log.rows(rig.store, {}, before=None, limit=10)
    assert newest.personal_sealed is None
    assert newest.person == PERSON


async def test_no_change_without_its_fact_and_no_fact_without_its_change(rig: Rig) -> None:
    """R153, I5: what is rolled back leaves no fact, and no key of the person either."""

    async def work(tx: Tx) -> None:
        await rig.recorder.record(tx, a_fact(), CAUSE)
        raise LookupError("the change failed")

    with pytest.raises(LookupError):
        await rig.store.transact(work)
    assert await rig.log.rows(rig.store, {}, before=None, limit=10) == []
    assert await rig.vault.person(rig.store, PERSON) is None
    assert rig.queue.take() == set()
    await rig.record(a_fact())
    assert rig.queue.take() == {rig.store.tenant}


async def test_where_the_log_cannot_be_written_the_change_is_refused(rig: Rig) -> None:
    """R158: fail closed."""
    await rig.tamper("ALTER TABLE events RENAME TO events_lost")
    try:
        with pytest.raises(Exception, match="events"):
            await rig.record(a_fact())
    finally:
        await rig.tamper("ALTER TABLE events_lost RENAME TO events")


async def test_the_tenant_is_queued_in_the_same_transaction_and_not_every_time(rig: Rig) -> None:
    """I5: a crash after the commit leaves the tenant queued."""
    await rig.record(a_fact())
    first = await rig.tamper("UPDATE seal_queue SET queued_at = queued_at")
    assert first == 1
    await rig.tamper("DELETE FROM seal_queue")
    await rig.record(a_fact(1))
    assert await rig.tamper("UPDATE seal_queue SET queued_at = queued_at") == 0
    rig.clock.advance(61)
    await rig.record(a_fact(2))
    assert await rig.tamper("UPDATE seal_queue SET queued_at = queued_at") == 1


async def test_a_flood_of_strangers_refusals_becomes_one_fact(rig: Rig) -> None:
    """R150, R154: nothing is lost but the single lines, and other names are not affected."""
    small = Rig(rig.database, rig.store, rig.clock, limit=3)
    stranger = Cause(ANONYMOUS, "r", "REF2-22", "192.0.2.9", "x")
    refused = Fact("sign_in.refused", result="refused", reason="unknown_user")
    for _ in range(10):
        await small.record(refused, cause=stranger)
    await small.record(Fact("code.replayed", result="refused", reason="used"), cause=stranger)
    await small.record(refused, cause=CAUSE)
    await small.recorder.summarise(small.database)
    assert (
        len(await small.log.rows(small.store, {"name": "sign_in.refused"}, before=None, limit=99))
        == 4
    )
    rig.clock.advance(61)
    await small.recorder.summarise(small.database)
    await small.recorder.summarise(small.database)
    newest, *others = await small.log.rows(
        small.store, {"name": "sign_in.refused"}, before=None, limit=99
    )
    assert (newest.reason, newest.data) == ("summarised", '{"count":7}')
    assert len(others) == 4
    for _ in range(3):
        await small.record(refused, cause=stranger)
    assert (
        len(await small.log.rows(small.store, {"name": "sign_in.refused"}, before=None, limit=99))
        == 8
    )


async def test_a_summary_that_could_not_be_recorded_is_kept(rig: Rig) -> None:
    small = Rig(rig.database, rig.store, rig.clock, limit=0)
    await small.record(Fact("x.refused", result="refused"), cause=Cause(ANONYMOUS))
    await rig.tamper("ALTER TABLE events RENAME TO events_lost")
    with pytest.raises(Exception, match="events"):
        await small.recorder.summarise(small.database, at_end=True)
    await rig.tamper("ALTER TABLE events_lost RENAME TO events")
    await small.recorder.summarise(small.database, at_end=True)
    (row,) = await small.log.rows(small.store, {}, before=None, limit=9)
    assert row.data == '{"count":1}'


async def test_facts_of_many_units_at_once_each_get_their_own_place(rig: Rig) -> None:
    await asyncio.gather(*(rig.record(a_fact(number, person=None)) for number in range(20)))
    rows = await rig.log.unsealed(rig.store, 100)
    assert len({row.id for row in rows}) == 20
