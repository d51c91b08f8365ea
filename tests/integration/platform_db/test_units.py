"""What a unit of work may count on, on both stores."""

import asyncio
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.notes import Notes

from limen.kernel.ids import TenantId
from limen.kernel.uow import Store, Tx, UniqueConflict
from limen.platform.db import OpenDatabase
from limen.platform.db.errors import ConstraintBroken, ForeignAwait, UnitOver

who: ContextVar[str] = ContextVar("who", default="nobody")


async def test_a_unit_gives_what_it_returns_and_keeps_what_it_wrote(store: Store) -> None:
    async def work(tx: Tx) -> str:
        assert await tx.run(Notes.add, b"1", "one") == 1
        assert await tx.run(Notes.change, b"2", "x") == 0
        assert await tx.all(Notes.all) == ["one"]
        return "done"

    assert await store.transact(work) == "done"
    note = await store.one(Notes.find, b"1")
    assert note is not None
    assert (note.digest, note.payload, note.subject) == (b"1", "one", None)


async def test_a_unit_that_raises_keeps_nothing(store: Store) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(Notes.add, b"1", "one")
        raise LookupError("no")

    with pytest.raises(LookupError):
        await store.transact(work)
    assert await store.one(Notes.count) == 0


async def test_a_swallowed_conflict_fails_the_unit_all_the_same(store: Store) -> None:
    """The conflict poisons the unit: SQLite would go on, PostgreSQL would not."""
    await store.transact(lambda tx: tx.run(Notes.add, b"1", "one"))

    async def work(tx: Tx) -> str:
        await tx.run(Notes.add, b"2", "two")
        try:
            await tx.run(Notes.add, b"1", "again")
        except UniqueConflict:
            return "swallowed"
        return "missed"

    with pytest.raises(UniqueConflict):
        await store.transact(work)
    assert await store.all(Notes.all) == ["one"]


async def test_a_conflict_may_be_told_in_the_units_own_words(store: Store) -> None:
    await store.transact(lambda tx: tx.run(Notes.add, b"1", "one"))

    async def work(tx: Tx) -> None:
        try:
            await tx.run(Notes.add, b"1", "again")
        except UniqueConflict:
            raise LookupError("taken") from None

    with pytest.raises(LookupError, match="taken"):
        await store.transact(work)


async def test_a_tx_is_of_no_use_after_its_unit(store: Store) -> None:
    """Its connection is somebody else's by then: another tenant's, perhaps."""
    kept: list[Tx] = []

    async def works(tx: Tx) -> None:
        kept.append(tx)
        await tx.run(Notes.add, b"1", "one")

    async def fails(tx: Tx) -> None:
        kept.append(tx)
        raise LookupError

    await store.transact(works)
    with pytest.raises(LookupError):
        await store.transact(fails)
    for tx in kept:
        with pytest.raises(UnitOver):
            await tx.run(Notes.add, b"2", "late")
        with pytest.raises(UnitOver):
            await tx.one(Notes.count)
        with pytest.raises(UnitOver):
            tx.after_commit(print)
    assert await store.all(Notes.all) == ["one"]


async def test_after_a_conflict_a_unit_does_nothing_more(store: Store) -> None:
    await store.transact(lambda tx: tx.run(Notes.add, b"1", "one"))
    seen: list[type] = []

    async def work(tx: Tx) -> None:
        for attempt in (Notes.add, Notes.change):
            try:
                await tx.run(attempt, b"1", "again")
            except UniqueConflict as error:
                seen.append(type(error))

    with pytest.raises(UniqueConflict):
        await store.transact(work)
    assert seen == [UniqueConflict, UniqueConflict]


async def test_a_conflict_is_one_on_every_path(store: Store) -> None:
    """one() and all() with RETURNING too; the spike let the driver's own error through."""
    await store.transact(lambda tx: tx.run(Notes.add, b"1", "one"))
    with pytest.raises(UniqueConflict):
        await store.transact(lambda tx: tx.run(Notes.add, b"1", "again"))
    with pytest.raises(UniqueConflict):
        await store.transact(lambda tx: tx.one(Notes.add_returning, b"1", "again"))
    with pytest.raises(UniqueConflict):
        await store.transact(lambda tx: tx.all(Notes.add_returning, b"1", "again"))


async def test_an_expected_conflict_is_no_row(store: Store) -> None:
    assert await store.transact(lambda tx: tx.one(Notes.add_if_new, b"1", "one")) == "one"
    assert await store.transact(lambda tx: tx.one(Notes.add_if_new, b"1", "two")) is None


async def test_an_unknown_tenant_is_a_conflict(database: OpenDatabase) -> None:
    """Every row's tenant exists."""
    stranger = database.tenant(TenantId(uuid4()))
    with pytest.raises(UniqueConflict):
        await stranger.transact(lambda tx: tx.run(Notes.add, b"1", "one"))


async def test_a_missing_value_is_an_error_of_ours(store: Store) -> None:
    with pytest.raises(ConstraintBroken):
        await store.transact(lambda tx: tx.run(Notes.add_broken, b"1"))


async def test_a_unit_awaits_nothing_but_its_tx(store: Store) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(Notes.add, b"1", "one")
        await asyncio.sleep(0)

    with pytest.raises(ForeignAwait):
        await store.transact(work)
    assert await store.one(Notes.count) == 0


async def test_a_unit_reads_through_its_tx_and_opens_no_other(store: Store) -> None:
    async def reads(tx: Tx) -> None:
        await tx.one(Notes.count)
        await store.one(Notes.count)

    async def nests(tx: Tx) -> None:
        await tx.one(Notes.count)
        await store.transact(lambda inner: inner.run(Notes.add, b"1", "one"))

    for work in (reads, nests):
        with pytest.raises(RuntimeError):
            await store.transact(work)
    assert await store.one(Notes.count) == 0


async def test_what_writes_needs_a_unit(store: Store) -> None:
    with pytest.raises(TypeError, match="needs a unit"):
        await store.one(Notes.add_returning, b"1", "one")


async def test_contextvars_of_one_caller_never_meet_anothers(store: Store) -> None:
    """The spike ran every queued unit in the context of whoever came first."""

    async def caller(name: str) -> str:
        who.set(name)

        async def work(tx: Tx) -> str:
            await tx.run(Notes.add, name.encode(), name)
            return who.get()

        return await store.transact(work)

    names = [str(number) for number in range(20)]
    assert await asyncio.gather(*map(caller, names)) == names
    assert who.get() == "nobody"


async def test_one_units_failure_is_nobody_elses(store: Store) -> None:
    await store.transact(lambda tx: tx.run(Notes.add, b"3", "taken"))
    answers = await asyncio.gather(
        *[
            store.transact(lambda tx, n=n: tx.run(Notes.add, str(n).encode(), "new"))
            for n in range(6)
        ],
        return_exceptions=True,
    )
    assert [isinstance(a, UniqueConflict) for a in answers] == [n == 3 for n in range(6)]
    assert await store.one(Notes.count) == 6


async def test_effects_follow_the_commit_and_nothing_else(store: Store) -> None:
    seen: list[str] = []

    async def works(tx: Tx) -> None:
        tx.after_commit(lambda: seen.append("done"))
        await tx.run(Notes.add, b"1", "one")
        assert seen == []

    async def fails(tx: Tx) -> None:
        tx.after_commit(lambda: seen.append("never"))
        raise LookupError

    await store.transact(works)
    assert seen == ["done"]
    with pytest.raises(LookupError):
        await store.transact(fails)
    assert seen == ["done"]


async def test_an_effect_that_fails_undoes_nothing(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def breaks() -> None:
        raise LookupError("effect")

    async def work(tx: Tx) -> str:
        tx.after_commit(breaks)
        tx.after_commit(lambda: seen.append("second"))
        await tx.run(Notes.add, b"1", "one")
        return "kept"

    assert await store.transact(work) == "kept"
    assert seen == ["second"]
    assert await store.one(Notes.count) == 1
    assert "effect" in caplog.text


async def test_a_caller_who_leaves_loses_no_effect_of_what_was_kept(store: Store) -> None:
    seen: list[str] = []
    started = asyncio.Event()

    async def work(tx: Tx) -> None:
        await tx.run(Notes.add, b"1", "one")
        tx.after_commit(lambda: seen.append("done"))
        started.set()

    task = asyncio.ensure_future(store.transact(work))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = 0
    for _ in range(100):
        kept = await store.one(Notes.count) or 0
        if seen:
            break
        await asyncio.sleep(0.002)
    assert len(seen) == kept


async def test_the_store_goes_on_after_a_cancelled_unit(store: Store) -> None:
    """A CancelledError raised in a unit hung the spike's writer for good."""

    async def work(tx: Tx) -> None:
        await tx.run(Notes.add, b"1", "one")
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await store.transact(work)
    assert await store.transact(lambda tx: tx.run(Notes.add, b"2", "two")) == 1
    assert await store.all(Notes.all) == ["two"]


@pytest.mark.parametrize("fatal", [KeyboardInterrupt, SystemExit, GeneratorExit])
async def test_the_store_goes_on_after_any_end_of_a_unit(
    store: Store, fatal: type[BaseException]
) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(Notes.add, b"1", "one")
        raise fatal

    caught: list[type[BaseException]] = []
    try:
        await store.transact(work)
    except BaseException as error:  # noqa: BLE001 - whatever kind it is
        caught.append(type(error))
    assert caught
    assert await asyncio.wait_for(store.one(Notes.count), 2) == 0


async def test_a_unit_has_one_instant(store: Store, clock: FrozenClock) -> None:
    """Whatever a unit writes or compares, it says the same time; the store's, not ours."""

    async def work(tx: Tx) -> Any:
        first = await tx.now()
        await tx.run(Notes.add, b"1", "one")
        clock.advance(timedelta(seconds=5))
        await tx.run(Notes.add, b"2", "two")
        return first, await tx.now()

    before = clock.now()
    first, second = await store.transact(work)
    notes = [await store.one(Notes.find, digest) for digest in (b"1", b"2")]
    assert {first, second, *(note.issued_at for note in notes if note)} == {before}


async def test_one_of_twenty_compare_and_sets_wins(store: Store) -> None:
    await store.transact(lambda tx: tx.run(Notes.add, b"1", "start"))
    found = await asyncio.gather(
        *[
            store.transact(lambda tx, n=n: tx.one(Notes.swap, b"1", "start", f"mine-{n}"))
            for n in range(20)
        ]
    )
    winners = [answer for answer in found if answer is not None]
    assert len(winners) == 1
    assert await store.all(Notes.all) == winners


async def test_a_wrong_number_of_arguments_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match="arguments are needed"):
        await store.one(Notes.find)


async def test_a_tenant_is_a_uuid(database: OpenDatabase) -> None:
    """It is written into SQL on PostgreSQL."""
    for wrong in ("x'; DROP TABLE users; --", None):
        with pytest.raises(TypeError):
            database.tenant(wrong)  # type: ignore[arg-type]


async def test_a_long_read_gives_the_same(store: Any) -> None:
    for n in range(5):
        await store.transact(lambda tx, n=n: tx.run(Notes.add, str(n).encode(), f"{n}"))
    assert await store.scan(Notes.all) == await store.all(Notes.all)


async def test_ping_answers(database: OpenDatabase) -> None:
    await database.ping()


async def test_a_closed_store_says_so(
    database: OpenDatabase, open_second: Any, tenant: Any
) -> None:
    from limen.kernel.errors import Unavailable

    another = await open_second(database)
    await another.aclose()
    with pytest.raises(Unavailable):
        await another.tenant(tenant.id).transact(lambda tx: tx.one(Notes.count))
