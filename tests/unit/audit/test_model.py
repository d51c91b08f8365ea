"""Leaves, tree, notes and keys, against their definitions."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from limen.audit.model.keys import LogKey, endorsed_text, faults, trusted_of
from limen.audit.model.leaves import Beginning, Record, encode, epoch_of, leaf_hash, link
from limen.audit.model.notes import (
    BadNote,
    VerifyKey,
    body_of,
    parse,
    parse_key,
    sign,
    signer_of,
)
from limen.audit.model.tree import EMPTY_ROOT, Head, append, head_at, node_hash, root_of

TENANT = UUID("0198c1f0-0000-7000-8000-0000000000aa")
RECORD = Record(
    event_id=UUID("0198c1f0-0000-7000-8000-000000000001"),
    name="user.created",
    at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    actor_kind="user",
    actor=UUID("0198c1f0-0000-7000-8000-000000000002"),
    session=None,
    target_kind="user",
    target="0198c1f0-0000-7000-8000-000000000003",
    person=UUID("0198c1f0-0000-7000-8000-000000000003"),
    result="success",
    reason=None,
    request_id="req",
    ref="",
    data='{"n":1}',
    personal_sealed=b"\x00\x01",
    key_commitment=b"\x02" * 32,
)


def by_hand(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, as it is written there."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(by_hand(leaves[:k]), by_hand(leaves[k:]))


def test_the_tree_is_that_of_the_rfc() -> None:
    """R152: the root after every append, up to 70 leaves."""
    frontier: list[bytes] = []
    leaves = [sha256(bytes([number])).digest() for number in range(70)]
    assert root_of(frontier) == EMPTY_ROOT == by_hand([])
    for size, leaf in enumerate(leaves):
        append(frontier, size, leaf)
        assert root_of(frontier) == by_hand(leaves[: size + 1])
        assert len(frontier) == (size + 1).bit_count()


def test_the_canonical_bytes_are_the_documented_ones() -> None:
    """A vector for other verifiers; docs/reference/audit-format.md shows the same."""
    expected = (
        "01" + TENANT.hex + "0000000000000001" + "0000000000000007"
        + RECORD.event_id.hex + "0006475ef6574f35"
        + "0000000c" + b"user.created".hex()
        + "00000004" + b"user".hex()
        + "00000004" + b"user".hex()
        + "00000024" + b"0198c1f0-0000-7000-8000-000000000003".hex()
        + "00000010" + "0198c1f0000070008000000000000002"
        + "ffffffff"
        + "00000010" + "0198c1f0000070008000000000000003"
        + "00000007" + b"success".hex()
        + "ffffffff"
        + "00000003" + b"req".hex()
        + "00000000"
        + "00000007" + b'{"n":1}'.hex()
        + "00000002" + "0001"
        + "00000020" + "02" * 32
    )  # fmt: skip
    assert encode(TENANT, 1, 7, RECORD).hex() == expected
    leaf = leaf_hash(TENANT, 1, 7, RECORD)
    assert leaf == sha256(b"\0" + bytes.fromhex(expected)).digest()
    assert link(bytes(32), leaf) == sha256(b"\2" + bytes(32) + leaf).digest()


def test_a_head_survives_being_stored() -> None:
    beginning = Beginning(3, after_seq=40)
    head = head_at(beginning.chain(TENANT), beginning)
    for number in range(11):
        head.add(sha256(bytes([number])).digest())
    again = Head(head.epoch, head.seq, head.size, head.chain, head.packed_frontier())
    assert (again.seq, again.size) == (51, 11)
    assert again.root == head.root
    assert again.canonical() == head.canonical()


def test_an_epoch_is_found_by_its_seqs() -> None:
    first, second, third = Beginning(1), Beginning(2, after_seq=10), Beginning(4, after_seq=10)
    assert epoch_of([first, second, third], 10) == first
    assert epoch_of([first, second, third], 11) == third
    assert epoch_of([first, second, third], 0) is None


def a_key() -> tuple[Ed25519PrivateKey, VerifyKey]:
    private = Ed25519PrivateKey.generate()
    return private, VerifyKey(TENANT, private.public_key().public_bytes_raw())


def a_note(private: Ed25519PrivateKey, key: VerifyKey) -> str:
    beginning = Beginning(1)
    head = head_at(beginning.chain(TENANT), beginning)
    head.add(leaf_hash(TENANT, 1, 1, RECORD))
    return sign(body_of(TENANT, head, RECORD.at), key, private.sign)


def test_a_note_says_what_was_signed() -> None:
    """R152: the public note format, three lines of checkpoint and three of ours."""
    private, key = a_key()
    note = a_note(private, key)
    said = parse(note)
    assert (said.tenant, said.epoch, said.size, said.seq) == (TENANT, 1, 1, 1)
    assert said.root == leaf_hash(TENANT, 1, 1, RECORD)
    assert said.at == "2026-01-02T03:04:05.678901Z"
    assert note.split("\n")[0] == f"limen/{TENANT}/1"
    assert note.split("\n\n")[1].startswith(f"— limen/{TENANT} ")
    assert signer_of(note, [key]) == key


@pytest.mark.parametrize("place", range(6))
def test_a_note_changed_in_any_line_is_signed_by_nobody(place: int) -> None:
    private, key = a_key()
    lines = a_note(private, key).split("\n")
    last = lines[place][-1]
    lines[place] = lines[place][:-1] + ("3" if last != "3" else "4")
    assert signer_of("\n".join(lines), [key]) is None


def test_a_note_of_another_key_is_signed_by_nobody() -> None:
    private, key = a_key()
    _, other = a_key()
    assert signer_of(a_note(private, key), [other]) is None
    assert signer_of(a_note(private, other), [other]) is None


@pytest.mark.parametrize(
    "text",
    ["", "x\n\n", "a/b/c\n1\nAA==\nseq 1\nchain AA==\nat x\n\n", f"limen/{TENANT}/01\n1\nAA==\nseq 1\nchain AA==\nat x\n\n",
     f"limen/{TENANT}/1\n1\n!!\nseq 1\nchain AA==\nat x\n\n", f"limen/{TENANT}/1\n-1\nAA==\nseq 1\nchain AA==\nat x\n\n"],
)  # fmt: skip
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse(text)


def test_a_key_is_written_as_note_tools_write_it() -> None:
    _, key = a_key()
    name, key_hash, _ = key.text().split("+", 2)
    assert name == f"limen/{TENANT}"
    assert len(bytes.fromhex(key_hash)) == 4
    assert parse_key(key.text()) == key
    for bad in ("", "x", key.text()[:-4], key.text().replace("+", "+0", 1)):
        with pytest.raises(BadNote):
            parse_key(bad)


def test_keys_hand_over_to_each_other() -> None:
    (old, first), (new, second), (_, third) = a_key(), a_key(), a_key()
    history = [
        LogKey(1, first, None),
        LogKey(2, second, old.sign(endorsed_text(2, second))),
        LogKey(3, third, new.sign(endorsed_text(3, third))),
    ]
    assert faults(history) == []
    assert trusted_of(history, []) == [first, second, third]
    assert trusted_of(history, [second.text()]) == [second, third]
    assert trusted_of(history, ["another"]) == []
    assert faults(history[1:])
    assert faults([history[0], LogKey(2, third, history[1].endorsement)])
    assert faults([history[0], LogKey(2, second, None)])
