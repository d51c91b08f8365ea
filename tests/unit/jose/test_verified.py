"""The memory of verified tokens: what it may keep, and what it must look at each time."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.tokens import EXPECT, ISSUER, NOW, a_key, a_token, key_set

from limen.platform.jose import verified
from limen.platform.jose.verified import VerifiedTokens
from limen.platform.jose.verify import InvalidToken, verify

KEY = a_key()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tokens whose signatures were looked at, as they come."""
    seen: list[str] = []

    def noted(token: str, *arguments: Any, **named: Any) -> Any:
        seen.append(token)
        return verify(token, *arguments, **named)

    monkeypatch.setattr(verified, "verify", noted)
    return seen


def test_a_signature_is_looked_at_once(looks: list[str]) -> None:
    tokens, token = VerifiedTokens(), a_token()
    first = tokens.verify(token, key_set(), EXPECT, now=NOW)
    second = tokens.verify("".join(list(token)), key_set(), EXPECT, now=NOW + 899)
    assert first is second
    assert looks == [token]


def test_expiry_is_looked_at_each_time() -> None:
    """R040"""
    tokens, token = VerifiedTokens(), a_token()
    tokens.verify(token, key_set(), EXPECT, now=NOW)
    with pytest.raises(InvalidToken, match="expired"):
        tokens.verify(token, key_set(), EXPECT, now=NOW + 900)
    assert len(tokens) == 0
    assert tokens.size == 0


def test_a_revoked_key_ends_what_it_signed_at_once() -> None:
    """R050: the entry remembers its key."""
    tokens, token = VerifiedTokens(), a_token()
    tokens.verify(token, key_set(), EXPECT, now=NOW)
    with pytest.raises(InvalidToken, match="kid"):
        tokens.verify(token, key_set(a_key("ES256", 2)), EXPECT, now=NOW)
    assert len(tokens) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"typ": "JWT"},
        {"issuer": ISSUER + "/t/acme"},
        {"audience": ISSUER},
        {"max_lifetime": 60},
        {"required": ("sub", "jti", "nbf")},
    ],
)
def test_what_was_believed_for_one_purpose_is_not_for_another(changed: dict[str, Any]) -> None:
    """R041, R042, A077"""
    tokens, token = VerifiedTokens(), a_token()
    tokens.verify(token, key_set(), EXPECT, now=NOW)
    for _ in range(2):
        with pytest.raises(InvalidToken):
            tokens.verify(token, key_set(), replace(EXPECT, **changed), now=NOW)


def test_an_equal_expectation_is_the_same_purpose(looks: list[str]) -> None:
    tokens, token = VerifiedTokens(), a_token()
    tokens.verify(token, key_set(), EXPECT, now=NOW)
    tokens.verify(token, key_set(), replace(EXPECT), now=NOW)
    assert len(looks) == 1


def test_refused_tokens_are_not_remembered() -> None:
    """A135"""
    tokens = VerifiedTokens()
    for number in range(10):
        with pytest.raises(InvalidToken):
            tokens.verify(a_token() + "A" * number + "!", key_set(), EXPECT, now=NOW)
    assert len(tokens) == 0


def test_the_number_is_bounded_and_the_oldest_leaves(looks: list[str]) -> None:
    """A135"""
    tokens = VerifiedTokens(max_count=3)
    made = [a_token(KEY, jti=f"t-{number}") for number in range(4)]
    for token in made[:3]:
        tokens.verify(token, key_set(), EXPECT, now=NOW)
    tokens.verify(made[0], key_set(), EXPECT, now=NOW)  # used: no longer the oldest
    tokens.verify(made[3], key_set(), EXPECT, now=NOW)
    assert len(tokens) == 3
    looks.clear()
    tokens.verify(made[0], key_set(), EXPECT, now=NOW)
    tokens.verify(made[1], key_set(), EXPECT, now=NOW)
    assert looks == [made[1]]


def test_the_bytes_are_bounded() -> None:
    """A135"""
    tokens = VerifiedTokens(max_bytes=20_000)
    for number in range(10):
        tokens.verify(a_token(KEY, jti=f"t-{number}", scope="s" * 4000), key_set(), EXPECT, now=NOW)
        assert tokens.size <= 20_000
    assert 0 < len(tokens) < 5
