"""The checkpoint file: an older copy is refused, a restore goes on and says what is lost."""

from pathlib import Path
from typing import Any

import pytest
from tests.integration.audit.test_verify import check, kinds
from tests.support.facts import PERSON, Rig, a_fact, rig

from limen.audit.errors import OlderCopy
from limen.audit.model.lines import HeadLine, StoreLine
from limen.audit.tasks import Sealing, Signing
from limen.audit.usecases.recover import recover, remember
from limen.audit.usecases.witness import Witness
from limen.audit.witness import CheckpointFile
from limen.kernel.uow import Tx
from limen.platform.backup.effects import PlatformEffects

__all__ = ["rig"]


class Keeper:
    """A server's own work on the log, over a checkpoint file."""

    def __init__(self, rig: Rig, path: Path) -> None:
        self.rig, self.file = rig, CheckpointFile(path)
        self.witness = Witness(self.file, log=rig.log, persons=rig.vault)
        self.sealing = Sealing(rig.database, rig.vault, rig.log, rig.queue, rig.clock)
        self.signing = Signing(
            self.sealing, rig.database, rig.vault, rig.log, rig.recorder, rig.clock, self.witness
        )

    async def begin(self) -> None:
        await self.witness.begin(self.rig.database)

    async def turn(self) -> None:
        await self.sealing.turn()
        await self.signing.turn()

    def notes(self) -> list[str]:
        return [line.note for line in self.file.lines() if isinstance(line, HeadLine)]

    async def recover(self, *ends: Any) -> int:
        rig = self.rig
        epoch = await recover(
            rig.database, [rig.store.tenant], remember(self.file.lines()), ends=ends,
            log=rig.log, vault=rig.vault, recorder=rig.recorder,
        )  # fmt: skip
        await self.begin()
        return epoch


@pytest.fixture
async def keeper(rig: Rig, tmp_path: Path) -> Keeper:
    made = Keeper(rig, tmp_path / "checkpoints.jsonl")
    await made.begin()
    return made


async def cut_back(rig: Rig, seq: int, head: Any) -> None:
    """Make the store an older copy of itself."""
    old = head.head
    await rig.tamper(f"DELETE FROM events WHERE seq > {seq} OR seq IS NULL")
    await rig.tamper(f"DELETE FROM log_checkpoints WHERE seq > {seq}")
    await rig.tamper(
        f"UPDATE log_heads SET epoch = {old.epoch}, seq = {old.seq}, size = {old.size},"
        f" chain = '\\x{old.chain.hex()}', frontier = '\\x{old.packed_frontier().hex()}',"
        f" proof = '\\x{head.proof.hex()}'"
    )


async def test_heads_are_written_outside_after_their_commit(rig: Rig, keeper: Keeper) -> None:
    """R152: with the key that signs them and the store that they are of."""
    await rig.record_many(3)
    await keeper.turn()
    await keeper.turn()
    await keeper.turn()
    lines = list(keeper.file.lines())
    assert [type(line).__name__ for line in lines] == [
        "StoreLine", "KeyLine", "HeadLine", "HeadLine",
    ]  # fmt: skip
    assert keeper.file.path.stat().st_mode & 0o777 == 0o600
    assert (await check(rig, notes=keeper.notes())).signed_seq == 4
    again = Keeper(rig, keeper.file.path)
    await again.begin()
    await again.turn()
    assert list(again.file.lines()) == lines


async def test_an_older_copy_is_refused_at_start_up(rig: Rig, keeper: Keeper) -> None:
    """F18: it would take back revocations and erasures."""
    await rig.record_many(3)
    await keeper.turn()
    await keeper.turn()
    old = await rig.log.head(rig.store)
    assert old is not None
    await rig.record_many(2, start=3)
    await keeper.turn()
    await keeper.begin()
    await cut_back(rig, old.head.seq, old)
    with pytest.raises(OlderCopy, match="older copy"):
        await keeper.begin()
    report = await check(rig, notes=keeper.notes())
    assert kinds(report) == {"older_copy"}
    await rig.record_many(9, start=20)
    await keeper.sealing.turn()
    with pytest.raises(OlderCopy, match="not the one"):
        await keeper.begin()


async def test_an_empty_store_or_another_one_is_refused(rig: Rig, keeper: Keeper) -> None:
    await rig.record_many(1)
    await keeper.turn()
    await rig.tamper("DELETE FROM store_epochs")
    with pytest.raises(OlderCopy, match="empty"):
        await keeper.begin()
    other = Keeper(rig, keeper.file.path.with_name("other"))
    await other.begin()
    with pytest.raises(OlderCopy, match="another store"):
        await keeper.begin()


async def test_a_line_that_a_crash_tore_spoils_nothing(rig: Rig, keeper: Keeper) -> None:
    await rig.record_many(1)
    await keeper.turn()
    with keeper.file.path.open("ab") as file:
        file.write(b'{"type":"head","note":"lim')
    await keeper.begin()
    await rig.record_many(1, start=1)
    await keeper.turn()
    assert len(keeper.notes()) == 2
    assert (await check(rig, notes=keeper.notes())).is_whole


async def test_a_long_file_is_read_from_its_end(rig: Rig, keeper: Keeper) -> None:
    await rig.record_many(1)
    await keeper.turn()
    first = keeper.notes()[0]
    keeper.file.append([HeadLine(note="x" * 1000)] * 600)
    assert len(keeper.file.newest()) < 400
    keeper.file.append([HeadLine(note=first)])
    await keeper.begin()
    stores = [line for line in keeper.file.newest() if isinstance(line, StoreLine)]
    assert len(stores) == 1


async def test_a_restored_copy_goes_on_after_the_last_known_head(rig: Rig, keeper: Keeper) -> None:
    """F36, I5: the lost facts are said to be lost, and the log verifies, with the file too."""
    await rig.record_many(3)
    await keeper.turn()
    await keeper.turn()
    old = await rig.log.head(rig.store)
    assert old is not None
    await rig.record_many(4, start=3)
    await keeper.turn()
    lost = (await rig.log.head(rig.store)).head.seq - old.head.seq  # type: ignore[union-attr]
    await cut_back(rig, old.head.seq, old)
    assert await keeper.recover() == 2
    await rig.record_many(2, start=50)
    await keeper.turn()
    await keeper.turn()
    report = await check(rig, notes=keeper.notes())
    assert report.is_whole, report.findings
    assert report.epoch == 2
    facts = await rig.log.rows(rig.store, {"name": "log.begun_anew"}, before=None, limit=5)
    assert facts[0].data == f'{{"epoch":2,"kept":{old.head.seq},"lost":{lost}}}'
    assert report.facts == old.head.seq + 3
    assert report.signed_seq == report.seq == old.head.seq + lost + 3
    assert await keeper.recover() == 3
    await keeper.turn()
    report = await check(rig, notes=keeper.notes())
    assert report.is_whole, report.findings
    assert report.epoch == 3


async def test_a_restore_without_a_file_goes_on_after_the_copys_own_head(rig: Rig) -> None:
    await rig.grow(3)
    epoch = await recover(
        rig.database, [rig.store.tenant], remember([]), ends=[], log=rig.log, vault=rig.vault,
        recorder=rig.recorder,
    )  # fmt: skip
    assert epoch == 2
    await rig.grow(2, start=3)
    assert (await check(rig)).is_whole


async def test_a_forged_epoch_hides_no_lost_tail(rig: Rig, keeper: Keeper) -> None:
    """R152: only who has the tenant's key can begin an epoch."""
    await rig.record_many(5)
    await keeper.turn()
    await rig.tamper("DELETE FROM events WHERE seq > 2")
    await rig.tamper(
        "INSERT INTO log_epochs SELECT tenant, 2, 5, after_chain, 2, after_chain, begun_at"
        " FROM log_epochs"
    )
    await rig.tamper("UPDATE log_heads SET epoch = 2, seq = 5, size = 0")
    assert not (await check(rig)).is_whole


async def test_erased_persons_are_erased_again_in_a_restored_copy(rig: Rig, keeper: Keeper) -> None:
    """G03, F36: their keys come back with the copy, and go at once."""
    await rig.record(a_fact())
    await keeper.turn()
    key = await rig.tamper("UPDATE person_keys SET created_at = created_at")
    assert key == 1
    await rig.tamper("CREATE TABLE kept AS SELECT * FROM person_keys")
    try:
        await rig.store.transact(lambda tx: rig.vault.destroy_person(tx, PERSON))
        await rig.record(a_fact(1))
        await keeper.turn()
        await rig.tamper("INSERT INTO person_keys SELECT * FROM kept")
        await rig.tamper("DELETE FROM destroyed_persons")
    finally:
        await rig.tamper("DROP TABLE kept")
    await rig.tamper("UPDATE store_epochs SET epoch = epoch")
    assert await rig.vault.person(rig.store, PERSON) is not None
    await keeper.recover()
    assert await rig.vault.person(rig.store, PERSON) is None
    assert [gone.id for gone in await rig.vault.destroyed(rig.store)] == [PERSON]


async def test_what_must_end_ends_in_the_same_unit(rig: Rig, keeper: Keeper) -> None:
    """F36, I2: one-time things of before the copy never work again; a failure undoes it all."""
    calls: list[str] = []

    class Failing:
        async def after_restore(self, tx: Tx) -> None:
            calls.append("failing")
            raise LookupError

    await rig.grow(2)
    before = await rig.log.head(rig.store)
    with pytest.raises(LookupError):
        await keeper.recover(PlatformEffects(), Failing())
    after = await rig.log.head(rig.store)
    assert before is not None
    assert after is not None
    assert before.head.canonical() == after.head.canonical()
    assert await keeper.recover(PlatformEffects()) == 2
