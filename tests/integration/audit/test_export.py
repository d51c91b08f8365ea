"""An export is verified with nothing but the file, and no line of it can be changed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.facts import PERSON, Rig, a_fact, rig

from limen.audit.errors import NotExportable
from limen.audit.model.check import Report
from limen.audit.model.lines import HeadLine, encode, key_line
from limen.audit.usecases.export import Opener, export
from limen.audit.usecases.verify_export import NoExport, verify_export

__all__ = ["rig"]


async def lines_of(rig: Rig, *, opened: bool = False, **options: Any) -> list[bytes]:
    opener = Opener(await rig.vault.keyring(rig.store), rig.vault) if opened else None
    given = export(rig.store, log=rig.log, clock=rig.clock, opener=opener, **options)
    return [line async for line in given]


async def a_log(rig: Rig) -> None:
    await rig.grow(4)
    await rig.record(a_fact(9, person=None, personal={}, data={"text": "naïve \u2028 “x”"}))
    await rig.grow(3, start=4)


def kinds(report: Report) -> set[str]:
    return {finding.kind for finding in report.findings}


async def test_an_export_verifies_offline(rig: Rig) -> None:
    """G27, R152: no store, no master key."""
    await a_log(rig)
    lines = await lines_of(rig)
    report = verify_export(lines)
    assert report.is_whole, report.findings
    assert (report.facts, report.seq, report.signed_seq) == (9, 9, 9)
    known = [stored.entry.key.text() for stored in await rig.log.keys(rig.store)]
    assert verify_export(lines, known_keys=known).is_whole
    assert report.keys == known


async def test_an_export_holds_personal_data_only_where_it_is_asked_for(rig: Rig) -> None:
    """G03, A085: sealed in any case, in clear for those who may; gone after an erasure."""
    await a_log(rig)
    closed, opened = await lines_of(rig), await lines_of(rig, opened=True)
    assert b"ada@example.org" not in b"".join(closed)
    assert b"192.0.2.7" not in b"".join(closed)
    facts = [json.loads(line) for line in opened if b'"type":"fact"' in line]
    assert facts[0]["personal"] == {
        "email": "ada@example.org", "ip": "192.0.2.7", "user_agent": "Browser/1.0",
    }  # fmt: skip
    assert facts[5]["personal"] == {"ip": "192.0.2.7", "user_agent": "Browser/1.0"}
    assert verify_export(opened).is_whole
    await rig.store.transact(lambda tx: rig.vault.destroy_person(tx, PERSON))
    erased = await lines_of(rig, opened=True)
    assert b"ada@example.org" not in b"".join(erased)
    assert verify_export(erased).is_whole


async def test_an_export_can_be_taken_in_pieces_that_each_verify(rig: Rig) -> None:
    """R156: a piece begins at a signed head and says which."""
    await rig.grow(4)
    await rig.grow(3, start=4)
    await rig.grow(5, start=7)
    first = await lines_of(rig, most=1)
    assert (verify_export(first).seq, verify_export(first).facts) == (4, 4)
    second = await lines_of(rig, after=verify_export(first).seq)
    report = verify_export(second)
    assert report.is_whole, report.findings
    assert (report.facts, report.seq) == (9, 13)
    nothing = await lines_of(rig, after=13)
    assert verify_export(nothing).is_whole
    assert verify_export(nothing).facts == 0
    forged = [second[0].replace(b'"frontier":"', b'"frontier":"AAAA', 1), *second[1:]]
    assert not verify_export(forged).is_whole


async def test_there_is_nothing_to_export_before_the_first_signature(rig: Rig) -> None:
    await rig.record_many(2)
    with pytest.raises(NotExportable):
        await lines_of(rig)


def _swap(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def _change(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b"user.changed", b"user.praised"), *lines[2:]]


CHANGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": _change,
    "removed": lambda lines: [*lines[:2], *lines[3:]],
    "first removed": lambda lines: [lines[0], *lines[2:]],
    "doubled": lambda lines: [*lines[:2], lines[1], *lines[2:]],
    "swapped": _swap,
    "end removed": lambda lines: lines[:-1],
    "tail removed": lambda lines: [*lines[:4], lines[-1]],
    "heads removed": lambda lines: [line for line in lines if b'"type":"head"' not in line],
    "unreadable": lambda lines: [lines[0], b"x" + lines[1], *lines[2:]],
    "data respelled": lambda lines: [
        lines[0], lines[1].replace(b'"fields":[', b'"fields": ['), *lines[2:]
    ],
    "tenant": lambda lines: [lines[0].replace(b'"tenant":"0', b'"tenant":"1'), *lines[1:]],
    "no epochs": lambda lines: [lines[0].replace(b'"epoch":1', b'"epoch":2'), *lines[1:]],
    "second header": lambda lines: [lines[0], *lines],
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_a_changed_export_does_not_verify(
    rig: Rig, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    """R152, A080's kin: every line counts, and so does its place."""
    await a_log(rig)
    lines = await lines_of(rig)
    changed = change(list(lines))
    assert changed != lines
    assert not verify_export(changed).is_whole


async def test_an_export_signed_with_other_keys_is_found_by_a_known_one(rig: Rig) -> None:
    """R152: the file alone only agrees with itself; a key from elsewhere tells."""
    await a_log(rig)
    known = [stored.entry.key.text() for stored in await rig.log.keys(rig.store)]
    for table in ("log_keys", "log_checkpoints", "log_heads", "log_epochs"):
        await rig.tamper(f"DELETE FROM {table}")
    await rig.tamper("UPDATE events SET seq = NULL, leaf = NULL, name = 'user.praised'")
    while await rig.seal():
        pass
    await rig.checkpoint()
    forged = await lines_of(rig)
    assert verify_export(forged).is_whole
    assert "key_swapped" in kinds(verify_export(forged, known_keys=known))


async def test_an_export_is_compared_with_the_checkpoint_file(rig: Rig) -> None:
    """F18: an export that ends before a head that was signed when it was made."""
    await rig.grow(3)
    early = await lines_of(rig)
    await rig.grow(3, start=3)
    head = await rig.checkpoint()
    (stored,) = await rig.log.keys(rig.store)
    file = [
        encode(key_line(rig.store.tenant, stored.entry)) + b"\n",
        encode(HeadLine(note=head.note)) + b"\n",
        b'{"type":"head","no',
    ]
    whole = await lines_of(rig)
    assert verify_export(whole, checkpoint_file=file).is_whole
    assert kinds(verify_export(early, checkpoint_file=file)) == {"older_copy"}
    rig.clock.advance(60)
    await rig.grow(2, start=6)
    later = encode(HeadLine(note=(await rig.checkpoint()).note))
    assert verify_export(whole, checkpoint_file=[*file, later]).is_whole


def test_what_is_no_export_is_said_to_be_none() -> None:
    for lines in ([], [b"x\n"], [b"{}\n"], [b'{"type":"head","note":""}\n']):
        with pytest.raises(NoExport):
            verify_export(lines)
