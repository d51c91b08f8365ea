"""The text of refresh tokens, and the verdict on one that is presented."""

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from tests.fakes.keyring import MacKeyring

from limen.kernel.ids import FamilyId, TenantId, new_id
from limen.sessions import model
from limen.sessions.model import first_token, may_be_remembered, read_token
from limen.sessions.settings import SessionSettings

KEYRING = MacKeyring()
TENANT = TenantId(new_id())


def a_token() -> str:
    return first_token(FamilyId(new_id())).written(KEYRING, TENANT)


def test_a_token_reads_back_as_it_was_written() -> None:
    """R032: 96 characters, of which 92 are base64url without padding."""
    token = first_token(FamilyId(new_id()))
    text = token.written(KEYRING, TENANT)
    assert len(text) == 96
    assert text.startswith("lrt_")
    assert read_token(text, KEYRING, TENANT) == token


def test_every_changed_character_is_noticed() -> None:
    """A031: the MAC covers family, generation, secret and version."""
    text = a_token()
    for place in range(len(text)):
        other = "B" if text[place] == "A" else "A"
        assert read_token(text[:place] + other + text[place + 1 :], KEYRING, TENANT) is None


def test_another_tenant_or_key_finds_nothing() -> None:
    """R118: the MAC is over the tenant too."""
    text = a_token()
    assert read_token(text, KEYRING, TenantId(new_id())) is None
    assert read_token(text, MacKeyring(b"x" * 32), TENANT) is None


@pytest.mark.parametrize(
    "text", ["", "lrt_", "lrt_" + "A" * 91, "lrt_" + "A" * 93, "lrt_" + "+" * 92, "LRT_" + "A" * 92]
)
def test_what_has_not_our_form_is_no_token(text: str) -> None:
    """A031"""
    assert read_token(text, KEYRING, TENANT) is None


@pytest.mark.parametrize("around", ["{}\n", " {}", "{}=", "{}\x00"])
def test_nothing_may_stand_around_a_token(around: str) -> None:
    """A031"""
    assert read_token(around.format(a_token()), KEYRING, TENANT) is None


def test_a_layout_of_another_version_is_not_read() -> None:
    """A031: even one that carries our MAC."""
    body = bytes([2]) + bytes(16) + (1).to_bytes(4, "big") + bytes(32)
    mac = model._mac(KEYRING, TENANT, body)
    assert read_token("lrt_" + urlsafe_b64encode(body + mac).decode(), KEYRING, TENANT) is None


def test_the_successor_is_always_the_same() -> None:
    """A031: a repeat derives the identical token, so that nothing is stored for it."""
    token = first_token(FamilyId(new_id()))
    assert token.successor(KEYRING) == token.successor(KEYRING)
    assert token.successor(KEYRING).generation == 2
    assert token.successor(KEYRING).secret != token.successor(MacKeyring(b"x" * 32)).secret


def test_secrets_do_not_repeat() -> None:
    """R098: 256 random bits."""
    assert len({first_token(FamilyId(new_id())).secret for _ in range(100)}) == 100


def test_only_one_factor_is_remembered_for_weeks() -> None:
    """R101: the long limits are of AAL1."""
    assert may_be_remembered(("pwd",))
    assert not may_be_remembered(("pwd", "otp", "mfa"))


def test_the_limits_are_those_of_the_one_table() -> None:
    """R033, R101: security.md §1A."""
    settings = SessionSettings()
    assert settings.session_lifetime == timedelta(hours=24)
    assert settings.session_idle_timeout == timedelta(hours=1)
    assert settings.remembered_lifetime == timedelta(days=30)
    assert settings.refresh_token_lifetime == timedelta(days=90)
    assert settings.refresh_token_idle_timeout == timedelta(days=30)


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_idle_timeout": timedelta(hours=25)},
        {"refresh_token_idle_timeout": timedelta(days=91)},
        {"refresh_token_leeway": timedelta(seconds=11)},
        {"refresh_token_leeway": timedelta(seconds=-1)},
        {"sessions_per_user": 0},
    ],
)
def test_limits_that_contradict_each_other_do_not_start(wrong: dict[str, timedelta]) -> None:
    """R033, R101, A031"""
    with pytest.raises(ValueError, match="must"):
        SessionSettings(**wrong)  # type: ignore[arg-type]
