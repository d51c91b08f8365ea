"""Whatever is done to a log in the store, or to the store as a whole, is found."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.facts import PERSON, Rig, rig

from limen.audit.model.check import Report
from limen.audit.model.leaves import leaf_hash
from limen.audit.usecases.checkpoint import rotate_key
from limen.audit.usecases.export import Opener
from limen.audit.usecases.verify import verify
from limen.kernel.uow import Tx

__all__ = ["rig"]


async def check(rig: Rig, **outside: Any) -> Report:
    keyring = await rig.vault.keyring(rig.store)
    return await verify(rig.store, keyring=keyring, log=rig.log, persons=rig.vault, **outside)


def kinds(report: Report) -> set[str]:
    return {finding.kind for finding in report.findings}


async def test_a_clean_log_verifies(rig: Rig) -> None:
    """R152, I5."""
    assert (await check(rig)).is_whole
    await rig.record_many(3)
    assert (await check(rig)).unsealed == 3
    await rig.grow(4, start=3)
    await rig.grow(5, start=7)
    report = await check(rig)
    assert report.is_whole, report.findings
    assert (report.facts, report.seq, report.epoch) == (13, 13, 1)
    assert report.signed_seq == 13
    assert report.unsealed == 0


CHANGES = {
    "changed": "UPDATE events SET name = 'user.praised' WHERE seq = 3",
    "result": "UPDATE events SET result = 'refused' WHERE seq = 3",
    "actor": "UPDATE events SET actor = NULL WHERE seq = 3",
    "reason": "UPDATE events SET reason = '' WHERE seq = 3",
    "data": "UPDATE events SET data = '{}' WHERE seq = 3",
    "leaf": "UPDATE events SET leaf = '\\x00' WHERE seq = 3",
    "person": "UPDATE events SET person = NULL WHERE seq = 3",
    "ciphertext": "UPDATE events SET personal_sealed = NULL WHERE seq = 3",
    "commitment": "UPDATE events SET key_commitment = '\\x00' WHERE seq = 3",
    "removed": "DELETE FROM events WHERE seq = 3",
    "first removed": "DELETE FROM events WHERE seq = 1",
    "unsealed": "UPDATE events SET seq = NULL WHERE seq = 3",
    "moved": "UPDATE events SET seq = 99 WHERE seq = 3",
    "before the first": "UPDATE events SET seq = -5 WHERE seq = 3",
    "tail": "DELETE FROM events WHERE seq >= 6",
    "everything": "DELETE FROM events",
    "head's seq": "UPDATE log_heads SET seq = 6",
    "head's size": "UPDATE log_heads SET size = 6",
    "head's chain": "UPDATE log_heads SET chain = frontier",
    "head's epoch": "UPDATE log_heads SET epoch = 2",
    "head's frontier": "UPDATE log_heads SET frontier = chain",
    "head's proof": "UPDATE log_heads SET proof = chain",
    "head": "DELETE FROM log_heads",
    "epoch": "UPDATE log_epochs SET epoch = 2",
    "epoch's beginning": "UPDATE log_epochs SET after_seq = 2",
    "epoch's chain": "UPDATE log_epochs SET kept_chain = '\\x00'",
    "note": "UPDATE log_checkpoints SET note = replace(note, 'seq', 'sec')",
    "note's root": "UPDATE log_checkpoints SET note = replace(note, 'chain ', 'chain A')",
    "public key": "UPDATE log_keys SET public = '\\x00'",
    "private key": "UPDATE log_keys SET private_sealed = public",
    "key removed": "DELETE FROM log_keys",
    "person's key removed": "DELETE FROM person_keys",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_change_from_outside_is_found(rig: Rig, change: str) -> None:
    """R152, F18: changed, removed, moved rows; heads, epochs, notes and keys."""
    await rig.grow(4)
    await rig.grow(3, start=4)
    assert (await check(rig)).is_whole
    assert await rig.tamper(change) > 0
    rig.clock.advance(120)  # longer than any key is kept in memory
    report = await check(rig)
    assert not report.is_whole


@pytest.mark.parametrize(
    "change",
    ["event_id = 'x'", "name = x'00ff'", "at = 'never'", "seq = 'three'", "person = 'nobody'",
     "data = 7", "leaf = 'x'"],
)  # fmt: skip
async def test_what_no_row_of_ours_could_hold_is_found(
    store_kind: str, rig: Rig, change: str
) -> None:
    """R152, F18: SQLite keeps any type in any column."""
    if store_kind == "sqlite":
        await rig.grow(4)
        await rig.tamper(f"UPDATE events SET {change} WHERE seq = 3")
        assert not (await check(rig)).is_whole


async def test_an_inserted_row_is_found(rig: Rig) -> None:
    await rig.grow(4)
    await rig.seal()
    await rig.record_many(1, start=4)
    assert await rig.tamper("UPDATE events SET seq = 6, leaf = '\\x00' WHERE seq IS NULL") == 1
    assert "inserted" in kinds(await check(rig))


async def test_two_rows_that_changed_places_are_found(rig: Rig) -> None:
    await rig.grow(6)
    for statement in (
        "UPDATE events SET seq = -1 WHERE seq = 3",
        "UPDATE events SET seq = 3 WHERE seq = 4",
        "UPDATE events SET seq = 4 WHERE seq = -1",
    ):
        assert await rig.tamper(statement) == 1
    report = await check(rig)
    moved = [finding.seq for finding in report.findings if finding.kind == "reordered"]
    assert moved == [3, 4]


async def test_a_row_changed_together_with_its_hash_is_found_by_the_next_head(rig: Rig) -> None:
    """R152: recomputing one leaf is not enough, the chain runs through it."""
    await rig.grow(4)
    await rig.grow(4, start=4)
    sealed = (await rig.log.sealed(rig.store, 2, 1))[0]
    forged = msgspec.structs.replace(sealed, name="user.praised")
    leaf = leaf_hash(rig.store.tenant, 1, 3, forged).hex()
    await rig.tamper(f"UPDATE events SET name = 'user.praised', leaf = '\\x{leaf}' WHERE seq = 3")
    report = await check(rig)
    assert kinds(report) == {"chain_broken"}
    assert "1 and 5" in report.findings[0].says or "1 and 4" in report.findings[0].says


async def test_a_tail_cut_off_with_its_heads_is_found_by_the_file_outside(rig: Rig) -> None:
    """F18: an older head, with its own valid proof, was put back."""
    await rig.grow(4)
    old = await rig.log.head(rig.store)
    assert old is not None
    await rig.grow(3, start=4)
    last = await rig.checkpoint()
    head, seq = old.head, old.head.seq
    await rig.tamper(f"DELETE FROM events WHERE seq > {seq}")
    await rig.tamper(f"DELETE FROM log_checkpoints WHERE seq > {seq}")
    await rig.tamper(
        f"UPDATE log_heads SET seq = {seq}, size = {head.size}, chain = '\\x{head.chain.hex()}',"
        f" frontier = '\\x{head.packed_frontier().hex()}', proof = '\\x{old.proof.hex()}'"
    )
    assert (await check(rig)).is_whole
    assert kinds(await check(rig, notes=[last.note])) == {"older_copy"}


async def test_an_older_copy_that_went_on_by_itself_is_found_by_the_file_outside(rig: Rig) -> None:
    await rig.grow(3)
    last = await rig.checkpoint()
    note = last.note
    await rig.tamper("DELETE FROM events")
    for table in ("log_heads", "log_checkpoints", "log_epochs"):
        await rig.tamper(f"DELETE FROM {table}")
    await rig.grow(9)
    assert (await check(rig)).is_whole
    assert kinds(await check(rig, notes=[note])) == {"forked"}


async def test_a_log_key_put_in_place_of_ours_is_found(rig: Rig) -> None:
    """R152: with the private key opened here, or with the public one known elsewhere."""
    await rig.grow(3)
    known = [stored.entry.key.text() for stored in await rig.log.keys(rig.store)]
    assert (await check(rig, known_keys=known)).is_whole
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    await rig.tamper(f"UPDATE log_keys SET public = '\\x{public}'")
    report = await check(rig, known_keys=known)
    assert "key_swapped" in kinds(report)
    assert "note_invalid" in kinds(report)


async def test_a_persons_key_put_in_place_of_another_is_found(rig: Rig) -> None:
    """R152, G05: the leaf commits to the key, so a second key that opens the row shows."""
    await rig.grow(2)

    async def swap(tx: Tx) -> None:
        await rig.vault.create_person(tx, PERSON)

    await rig.tamper("DELETE FROM person_keys")
    rig.clock.advance(timedelta(minutes=5))
    await rig.store.transact(swap)
    assert kinds(await check(rig)) == {"key_swapped"}


async def test_erasing_a_person_leaves_the_log_whole_and_nothing_to_read(rig: Rig) -> None:
    """G03, G04, G05: the hash is over the ciphertext, and the key is gone."""
    await rig.grow(3)
    opener = Opener(await rig.vault.keyring(rig.store), rig.vault)
    fact = (await rig.log.sealed(rig.store, 0, 1))[0]
    assert await opener.open(rig.store, fact) == {
        "email": "ada@example.org", "ip": "192.0.2.7", "user_agent": "Browser/1.0",
    }  # fmt: skip
    await rig.store.transact(lambda tx: rig.vault.destroy_person(tx, PERSON))
    assert await opener.open(rig.store, fact) is None
    await rig.grow(2, start=3)
    report = await check(rig)
    assert report.is_whole, report.findings


async def test_a_rotated_key_goes_on_where_the_first_one_stopped(rig: Rig) -> None:
    await rig.grow(3)
    known = [stored.entry.key.text() for stored in await rig.log.keys(rig.store)]
    keyring = await rig.vault.keyring(rig.store)
    await rotate_key(rig.store, keyring=keyring, log=rig.log, recorder=rig.recorder)
    await rig.grow(3, start=3)
    for trusted in ([], known, [(await rig.log.keys(rig.store))[-1].entry.key.text()]):
        report = await check(rig, known_keys=trusted)
        assert report.is_whole, report.findings
        assert report.signed_seq == report.seq == 8
    await rig.tamper("UPDATE log_keys SET endorsement = NULL WHERE version = 2")
    assert "key_swapped" in kinds(await check(rig))
