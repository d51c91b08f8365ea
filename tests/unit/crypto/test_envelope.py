"""Sealed values: what opens, and everything that must not."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from limen.kernel.vault import CannotOpen, Place
from limen.platform.crypto.envelope import SealingKey, associated, commitment_in, derive
from limen.platform.crypto.keyring import OnePersonKey, TenantKeyring

HERE = UUID(int=1)
THERE = UUID(int=2)
ROW = UUID(int=7)
PLACE = Place("users", "phone", ROW)


def ring(tenant: UUID = HERE, *keys: bytes) -> TenantKeyring:
    return TenantKeyring(tenant, keys or (b"k" * 32,))


def test_what_was_sealed_opens_at_its_place() -> None:
    """R141, R111"""
    sealed = ring().seal(PLACE, b"+49 30 123456")
    assert ring().open(PLACE, sealed) == b"+49 30 123456"
    assert b"+49" not in sealed


def test_the_same_value_never_seals_the_same_way() -> None:
    keyring = ring()
    assert len({keyring.seal(PLACE, b"x") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "place",
    [
        Place("users", "phone", UUID(int=8)),
        Place("users", "email", ROW),
        Place("clients", "phone", ROW),
        Place("users", "phone", str(ROW)),
        Place("users", "phone", ROW.hex),
    ],
)
def test_a_sealed_value_moved_to_another_place_does_not_open(place: Place) -> None:
    """R141: table, column and row are bound to the value."""
    sealed = ring().seal(PLACE, b"secret")
    with pytest.raises(CannotOpen):
        ring().open(place, sealed)


def test_a_sealed_value_moved_to_another_tenant_does_not_open() -> None:
    """R141, R118: not even where both tenants had the same key."""
    sealed = ring(HERE).seal(PLACE, b"secret")
    with pytest.raises(CannotOpen):
        ring(THERE).open(PLACE, sealed)


def pairs_that_run_together() -> Iterator[tuple[Place, Place]]:
    yield Place("ab", "c", "d"), Place("a", "bc", "d")
    yield Place("a", "bc", "d"), Place("a", "b", "cd")
    yield Place("a", "1:b", "c"), Place("a1:", "b", "c")
    yield Place("", "a", "b"), Place("a", "", "b")
    yield Place("ab", "c", ROW), Place("a", "bc", ROW)
    yield Place("a", "bu", ROW), Place("a", "b", "u" + ROW.hex)
    yield Place("1:a", "b", ROW), Place("", "a1:b", ROW)
    yield Place("a", "b", "tx"), Place("a", "bt", "x")


@pytest.mark.parametrize(("one", "other"), list(pairs_that_run_together()))
def test_no_two_places_are_spelled_alike(one: Place, other: Place) -> None:
    assert associated(HERE, one) != associated(HERE, other)


def test_every_changed_byte_is_noticed() -> None:
    keyring = ring()
    sealed = keyring.seal(PLACE, b"x")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(CannotOpen):
            keyring.open(PLACE, bytes(changed))


def test_every_shorter_and_longer_text_is_refused() -> None:
    keyring = ring()
    sealed = keyring.seal(PLACE, b"")
    for end in range(len(sealed)):
        with pytest.raises(CannotOpen):
            keyring.open(PLACE, sealed[:end])
    with pytest.raises(CannotOpen):
        keyring.open(PLACE, sealed + b"\0")


def test_another_key_opens_nothing() -> None:
    sealed = ring(HERE, b"k" * 32).seal(PLACE, b"x")
    with pytest.raises(CannotOpen, match="does not have"):
        ring(HERE, b"j" * 32).open(PLACE, sealed)


def test_an_older_key_of_the_ring_still_opens() -> None:
    """R141: rotation leaves what was sealed before readable."""
    sealed = ring(HERE, b"old!" * 8).seal(PLACE, b"x")
    both = ring(HERE, b"new!" * 8, b"old!" * 8)
    assert both.open(PLACE, sealed) == b"x"
    assert commitment_in(both.seal(PLACE, b"x")) != commitment_in(sealed)


def ghash_multiply(x: int, y: int) -> int:
    """Multiply in GF(2^128), bit-reflected as GCM does it (NIST SP 800-38D §6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return product


def ghash_invert(x: int) -> int:
    """Return x^(2^128 - 2)."""
    result, square = 1 << 127, x
    for _ in range(127):
        square = ghash_multiply(square, square)
        result = ghash_multiply(result, square)
    return result


def aes_block(key: bytes, block: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def one_ciphertext_for_two_keys(first: bytes, second: bytes, nonce: bytes, ad: bytes) -> bytes:
    """Solve for the block that gives both keys the same tag (Len, Grubbs, Ristenpart 2021)."""
    ad_block = int.from_bytes(ad.ljust(16, b"\0"), "big")
    lengths = (len(ad) * 8) << 64 | 128
    parts = []
    for key in (first, second):
        h = int.from_bytes(aes_block(key, bytes(16)), "big")
        mask = int.from_bytes(aes_block(key, nonce + b"\0\0\0\1"), "big")
        h2 = ghash_multiply(h, h)
        rest = ghash_multiply(ad_block, ghash_multiply(h2, h)) ^ ghash_multiply(lengths, h)
        parts.append((h2, rest ^ mask))
    (square_1, rest_1), (square_2, rest_2) = parts
    block = ghash_multiply(rest_1 ^ rest_2, ghash_invert(square_1 ^ square_2))
    tag = ghash_multiply(block, square_1) ^ rest_1
    return block.to_bytes(16, "big") + tag.to_bytes(16, "big")


def test_one_ciphertext_opens_under_one_key_only() -> None:
    """R141: AES-GCM alone opens a crafted ciphertext under two keys; ours does not.

    The first half of the test shows the attack working against bare AES-GCM.
    """
    keys = (b"1" * 32, b"2" * 32)
    sealing = [SealingKey(key) for key in keys]
    nonce, ad = bytes(range(24)), b"place"
    of_message = [key._derive.copy() for key in sealing]
    for derived in of_message:
        derived.update(nonce[:12])
    message_keys = [derived.digest() for derived in of_message]
    crafted = one_ciphertext_for_two_keys(*message_keys, nonce[12:], ad)
    plains = [AESGCM(key).decrypt(nonce[12:], crafted, ad) for key in message_keys]
    assert plains[0] != plains[1]

    opened = 0
    for named in sealing:
        for key in sealing:
            try:
                key.open(ad, key._prefix[:1] + named.commitment + nonce + crafted)
                opened += 1
            except CannotOpen:
                assert named is not key
    assert opened == 2  # each named by its own commitment: four would be two keys for one text


def test_the_commitment_is_of_the_key_and_of_nothing_else() -> None:
    assert OnePersonKey(HERE, b"p" * 32).commitment == OnePersonKey(THERE, b"p" * 32).commitment
    assert len(OnePersonKey(HERE, b"p" * 32).commitment) == 32
    assert OnePersonKey(HERE, b"q" * 32).commitment != OnePersonKey(HERE, b"p" * 32).commitment


def test_subkeys_are_those_of_hkdf() -> None:
    expected = HKDFExpand(hashes.SHA256(), 32, b"limen/mac/csrf").derive(b"k" * 32)
    assert derive(b"k" * 32, "mac/csrf") == expected


def test_macs_differ_by_purpose_tenant_key_and_message() -> None:
    keyring = ring()
    macs = {
        keyring.mac("csrf", b"m"),
        keyring.mac("cursor", b"m"),
        keyring.mac("csrf", b"n"),
        ring(HERE, b"j" * 32).mac("csrf", b"m"),
    }
    assert len(macs) == 4
    assert all(len(mac) == 32 for mac in macs)
    assert keyring.mac("csrf", b"m") == ring().mac("csrf", b"m")


def test_a_key_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SealingKey(b"short")


def test_keys_do_not_show_themselves() -> None:
    """R151"""
    key = b"k" * 32
    for shown in (repr(SealingKey(key)), repr(ring()), repr(OnePersonKey(HERE, key))):
        assert "kkk" not in shown
        assert key.hex() not in shown
