"""Whatever single change is made to a sealed log or to an export, it is found."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.audit.model.check import Checker, Notary
from limen.audit.model.keys import LogKey
from limen.audit.model.leaves import Beginning, Record, Sealed, leaf_hash
from limen.audit.model.lines import (
    EndLine,
    FactLine,
    HeadLine,
    LogLine,
    decode_export,
    encode,
    fact_line,
    key_line,
)
from limen.audit.model.notes import VerifyKey, body_of, instant, sign
from limen.audit.model.tree import Head, append, head_at, node_hash, root_of
from limen.audit.usecases.verify_export import NoExport, verify_export

TENANT = UUID("0198c1f0-0000-7000-8000-0000000000aa")
START = datetime(2030, 1, 1, tzinfo=UTC)
COUNT = 12


def a_record(number: int) -> Record:
    return Record(
        event_id=UUID(int=number + 1),
        name="user.changed",
        at=START + timedelta(microseconds=number),
        actor_kind="user",
        actor=UUID(int=7),
        session=None if number % 2 else UUID(int=8),
        target_kind="user",
        target="x",
        person=UUID(int=9),
        result="success",
        reason=None,
        request_id=f"r{number}",
        ref="",
        data=f'{{"n":{number}}}',
        personal_sealed=bytes([number]) * 20,
        key_commitment=bytes(32),
    )


@cache
def a_log() -> tuple[list[Sealed], list[str], Head, LogKey]:
    """Twelve facts, a signed head after the fifth and after the last."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    key = VerifyKey(TENANT, private.public_key().public_bytes_raw())
    beginning = Beginning(1)
    head = head_at(beginning.chain(TENANT), beginning)
    facts: list[Sealed] = []
    notes: list[str] = []
    for number in range(COUNT):
        record = a_record(number)
        leaf = leaf_hash(TENANT, 1, number + 1, record)
        facts.append(Sealed(**msgspec.structs.asdict(record), seq=number + 1, leaf=leaf))
        head.add(leaf)
        if number in {4, COUNT - 1}:
            notes.append(sign(body_of(TENANT, head, START), key, private.sign))
    return facts, notes, head, LogKey(1, key, None)


def whole(facts: list[Sealed]) -> bool:
    _, notes, head, entry = a_log()
    checker = Checker(TENANT, [Beginning(1)])
    notary = Notary(checker, [entry.key], [entry.key])
    checker.expect([witness for note in notes for witness in notary.read(note, "store")])
    for fact in facts:
        checker.take(fact)
    checker.finish(head)
    return not checker.findings


def another(field: str, value: Any) -> st.SearchStrategy[Any]:
    """Values of the field's kind."""
    if field == "session":
        return st.none() | st.uuids()
    kinds: dict[type, st.SearchStrategy[Any]] = {
        str: st.text(max_size=8),
        int: st.integers(-3, COUNT + 3),
        bytes: st.binary(max_size=40),
        UUID: st.uuids(),
        datetime: st.datetimes(timezones=st.just(UTC)),
    }
    return kinds.get(type(value), st.text(max_size=4))


def test_the_untouched_log_is_whole() -> None:
    assert whole(a_log()[0])


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw makes the export
@given(st.data())
def test_any_change_of_any_field_is_found(data: st.DataObject) -> None:
    """R152: every field of every row counts, the place and the hash too."""
    facts = list(a_log()[0])
    position = data.draw(st.integers(0, COUNT - 1))
    field = data.draw(st.sampled_from(Sealed.__struct_fields__))
    old = getattr(facts[position], field)
    new = data.draw(another(field, old).filter(lambda value: value != old))
    facts[position] = msgspec.structs.replace(facts[position], **{field: new})
    if field == "seq":
        facts.sort(key=lambda fact: fact.seq)
    assert not whole(facts)


@given(st.permutations(range(COUNT)).filter(lambda order: order != list(range(COUNT))))
def test_any_other_order_is_found(order: list[int]) -> None:
    """R152: also where the rows take each other's seq and hash."""
    facts = a_log()[0]
    assert not whole([facts[number] for number in order])
    renumbered = [
        msgspec.structs.replace(facts[number], seq=seq) for seq, number in enumerate(order, 1)
    ]
    assert not whole(renumbered)
    resealed = [
        msgspec.structs.replace(fact, leaf=leaf_hash(TENANT, 1, fact.seq, fact))
        for fact in renumbered
    ]
    assert not whole(resealed)


@given(st.sets(st.integers(0, COUNT - 1), min_size=1))
def test_any_removal_is_found_also_when_the_rest_moves_up(removed: set[int]) -> None:
    kept = [fact for number, fact in enumerate(a_log()[0]) if number not in removed]
    assert not whole(kept)
    moved = [msgspec.structs.replace(fact, seq=seq) for seq, fact in enumerate(kept, 1)]
    resealed = [
        msgspec.structs.replace(fact, leaf=leaf_hash(TENANT, 1, fact.seq, fact)) for fact in moved
    ]
    assert not whole(resealed)


@given(st.integers(0, COUNT), st.integers(0, COUNT - 1))
def test_any_insertion_is_found(place: int, copied: int) -> None:
    facts = list(a_log()[0])
    facts.insert(place, facts[copied])
    assert not whole(facts)
    renumbered = [msgspec.structs.replace(fact, seq=seq) for seq, fact in enumerate(facts, 1)]
    resealed = [
        msgspec.structs.replace(fact, leaf=leaf_hash(TENANT, 1, fact.seq, fact))
        for fact in renumbered
    ]
    assert not whole(resealed)


@cache
def an_export() -> bytes:
    facts, notes, head, entry = a_log()
    header = LogLine(
        format=1, tenant=TENANT, exported_at=instant(START), keys=[key_line(TENANT, entry)],
        epochs=[Beginning(1)], start=None, opened=False,
    )  # fmt: skip
    end = EndLine(epoch=1, seq=head.seq, size=head.size, chain=head.chain,
                  frontier=head.packed_frontier())  # fmt: skip
    lines: list[Any] = [header, *(fact_line(fact, None) for fact in facts)]
    lines.insert(6, HeadLine(note=notes[0]))
    lines += [HeadLine(note=notes[1]), end]
    return b"\n".join(encode(line) for line in lines) + b"\n"


def accepted(content: bytes) -> bool:
    """Whether the file verifies against the key that we know, as the same log."""
    _, _, head, entry = a_log()
    try:
        report = verify_export(content.split(b"\n")[:-1], known_keys=[entry.key.text()])
    except NoExport:
        return False
    return report.is_whole and (report.facts, report.seq) == (COUNT, head.seq)


def meaning(content: bytes) -> object:
    """What the file says of the log; neither its time nor `opened` is evidence."""
    first, *lines = [decode_export(line) for line in content.split(b"\n")[:-1]]
    assert isinstance(first, LogLine)
    said = [line.sealed() if isinstance(line, FactLine) else line for line in lines]
    return [msgspec.structs.replace(first, exported_at="", opened=False), *said]


def test_the_untouched_export_is_accepted() -> None:
    assert accepted(an_export())


@settings(max_examples=400)
@given(st.data())
def test_any_flipped_byte_of_an_export_is_found_or_says_the_same(data: st.DataObject) -> None:
    """R152: a byte that changes what the file says of any fact is refused."""
    content = bytearray(an_export())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    changed = bytes(content)
    if accepted(changed):
        assert meaning(changed) == meaning(an_export())


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_the_tree_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    """RFC 6962 §2.1, by its own recursion."""

    def by_hand(part: list[bytes]) -> bytes:
        if len(part) < 2:
            return part[0]
        k = 1 << (len(part) - 1).bit_length() - 1
        return node_hash(by_hand(part[:k]), by_hand(part[k:]))

    frontier: list[bytes] = []
    for size, leaf in enumerate(leaves):
        append(frontier, size, leaf)
    assert not leaves or root_of(frontier) == by_hand(leaves)
