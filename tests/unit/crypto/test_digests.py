"""Secrets and what is kept of them."""

from hashlib import sha256

from limen.platform.crypto import digest_of, equal, new_secret


def test_a_secret_has_256_bits_and_is_url_safe() -> None:
    """R025, R098, R140, R142"""
    secrets = {new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert all(len(secret) == 43 for secret in secrets)
    alphabet = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert set("".join(secrets)) == alphabet


def test_a_digest_is_sha256_of_the_text() -> None:
    """R142"""
    assert digest_of("ä") == sha256("ä".encode()).digest()


def test_digests_and_compares_take_any_text() -> None:
    """A125: a lone surrogate from a header is no reason to fall over."""
    assert len(digest_of("\ud800")) == 32
    assert equal("\ud800", "\ud800")


def test_equal_compares_texts_and_bytes() -> None:
    """A131"""
    assert equal("a", "a")
    assert equal("a", b"a")
    assert not equal("a", "b")
    assert not equal("", "b")
    assert not equal("é", "e")
