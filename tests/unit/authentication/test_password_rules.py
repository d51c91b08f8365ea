"""Which passwords may be chosen."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1

import pytest
from tests.support.databases import DEFAULT
from tests.support.websites import Website, page, website

from limen.authentication.methods.password.breached import NoLookup, RangeLookup
from limen.authentication.methods.password.chosen import ChosenPasswords
from limen.authentication.methods.password.pool import HashingPool
from limen.authentication.methods.password.rules import (
    Rules,
    check_password,
    context_words,
    listed_words,
)
from limen.authentication.methods.password.settings import PasswordSettings
from limen.kernel.clock import SystemClock
from limen.kernel.errors import Invalid
from limen.platform.fetch import Fetcher, FetchSettings

ALONE = Rules(15, 3)
WITH_MFA = Rules(8, 2)


def codes(password: str, rules: Rules = ALONE, context: tuple[str, ...] = ()) -> list[str]:
    return [error.code for error in check_password(password, rules, context)]


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "moon Kettle 7 ruins",
        "пароль из четырёх слов",
        "四つの言葉でできた合言葉です月夜",
        "  spaces at both ends  ",
        "emoji 🦊🌲🪵 forest walk",
        "x9Kq2mPz7LrTwVb",
        "lower case words only here",
        "1815 1852 8000 4711 0042 7",
    ],
)
def test_long_ones_pass_whatever_they_are_made_of(password: str) -> None:
    """R066, R067, R068: no composition rules; spaces and every script."""
    assert codes(password) == []


@pytest.mark.parametrize("length", [0, 1, 14])
def test_fewer_than_fifteen_code_points_are_too_few(length: int) -> None:
    """R066: where the password is the only factor; code points are counted."""
    assert codes("x9Kq2mPz7LrTwV"[:length]) == ["password_too_short"]
    assert codes("𝄞" * length) == ["password_too_short"]


def test_eight_do_with_a_second_factor() -> None:
    """R066"""
    assert codes("x9Kq2mPz", WITH_MFA) == []
    assert codes("x9Kq2mP", WITH_MFA) == ["password_too_short"]


def test_up_to_256_code_points_are_taken() -> None:
    """R067: at least 64, we 256; zxcvbn is shown the first 72."""
    long = "moon kettle ruins forest amber violin harbour " * 6
    assert codes(long[:256]) == []
    assert codes(long[:257]) == ["password_too_long"]
    assert codes(("ä" * 7 + "Kq2mPz7L ") * 16) == []


@pytest.mark.parametrize(
    "password", ["a\0" + "x" * 20, "line\nbreak and more words", "\ud800" * 20]
)
def test_what_cannot_be_typed_again_is_refused(password: str) -> None:
    assert codes(password) == ["password_characters"]


@pytest.mark.parametrize(
    "password", ["password", "Password", "PASSWORD", "iloveyou", "qwertyuiop", "1234567890"]
)
def test_the_most_used_passwords_are_refused(password: str) -> None:
    """R070: whole, in any case."""
    assert codes(password, Rules(8, 0)) == ["password_common"]


@pytest.mark.parametrize(
    "password",
    ["passwordpassword", "aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "1234567890123456",
     "qwertyuiopasdfghjkl", "password1234567", "letmeinletmeinletmein"],
)  # fmt: skip
def test_long_and_guessable_ones_are_refused(password: str) -> None:
    """R070: and it is said why."""
    (error,) = check_password(password, ALONE, ())
    assert error.code in {"password_guessable", "password_common"}
    assert error.field == "password"
    assert error.message


def test_the_whole_password_is_held_against_the_lists() -> None:
    """R067: more than 72 characters escape no list."""
    listed = "moon kettle ruins forest amber violin harbour lantern paper water stone x"
    assert len(listed) > 72
    rules = Rules(15, 3, listed_words([listed.upper()]))
    assert codes(listed, rules) == ["password_listed"]
    assert codes(listed + "y", rules) == []


CONTEXT = ("limen", "Analytical Engines", "ada.lovelace@example.com", "lovelace", "example")


@pytest.mark.parametrize(
    "password",
    ["lovelace-example", "LimenLimenLimen", "AnalyticalEngines1", "ada.lovelace@example.com",
     "limen-lovelace-2024"],
)  # fmt: skip
def test_names_that_everybody_would_try_are_refused(password: str) -> None:
    """R070: product, tenant, username, address."""
    words = tuple(context_words(CONTEXT))
    (code,) = codes(password, ALONE, words)
    assert code in {"password_context", "password_guessable"}


def test_a_name_among_unrelated_words_is_no_harm() -> None:
    assert codes("lovelace kettle ruins amber", ALONE, tuple(context_words(CONTEXT))) == []


def test_words_of_a_context_are_whole_and_in_parts() -> None:
    words = context_words(["Ada Lovelace", None, "", "ab", "x@sub.example.com"])
    assert words == ["Ada Lovelace", "Lovelace", "x@sub.example.com", "example"]


@pytest.mark.parametrize("listed", [None, "text", 7, {"a": 1}, [1, None, ""]])
def test_a_list_of_another_shape_is_empty(listed: object) -> None:
    assert listed_words(listed) == frozenset()


class Breached:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def has(self, password: str) -> bool:
        self.asked.append(password)
        return password.startswith("breached")


async def test_a_tenants_list_and_the_look_up_are_asked() -> None:
    """R070: a breached one last, since it goes over the network."""
    pool, breached = HashingPool(threads=1, queue=9), Breached()
    rules = ChosenPasswords(pool, breached, PasswordSettings())
    own = replace(DEFAULT, settings={"password_block_list": ["Moon kettle ruins forest"]})
    try:
        await rules.check(DEFAULT, "moon kettle ruins forest", [])
        await rules.check(DEFAULT, "x9Kq2mPz", [], with_mfa=True)
        for password, code in (
            ("moon kettle ruins forest", "password_listed"),
            ("breached amber violin stone", "password_breached"),
            ("short", "password_too_short"),
            ("ada.lovelace@example", "password_context"),
        ):
            with pytest.raises(Invalid) as refused:
                await rules.check(own, password, ["ada.lovelace@example.com"])
            assert [error.code for error in refused.value.errors] == [code]
    finally:
        pool.close()
    assert breached.asked == [
        "moon kettle ruins forest", "x9Kq2mPz", "breached amber violin stone",
    ]  # fmt: skip


def lookup(site: Website) -> RangeLookup:
    fetcher = Fetcher(FetchSettings(), SystemClock(), dev=True)
    return RangeLookup(fetcher, site.url(""), timedelta(seconds=2))


async def test_a_range_service_learns_five_digits() -> None:
    """R070, R135: k-anonymity; padding entries count nothing."""
    digest = sha1(b"correct horse battery staple").hexdigest().upper()
    padded = sha1(b"moon kettle ruins forest").hexdigest().upper()
    body = f"{'0' * 35}:3\r\n{digest[5:]}:42\r\n{padded[5:]}:0\r\n".encode()
    async with website() as site:
        for found in (digest, padded):
            site.pages[f"/range/{found[:5]}"] = page(body)
        assert await lookup(site).has("correct horse battery staple")
        assert not await lookup(site).has("moon kettle ruins forest")
        asked = site.asked[0]
        assert asked.path == f"/range/{digest[:5]}"
        assert asked.headers["add-padding"] == "true"
        assert asked.body == b""


@pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "500 Sorry", ""])
async def test_without_an_answer_nobody_is_refused(status: str, caplog) -> None:
    """Documented: it fails open, with a warning."""
    async with website() as site:
        answer = page(b"", status, location="http://169.254.169.254/") if status else b""
        site.pages[f"/range/{sha1(b'correct horse battery staple').hexdigest()[:5].upper()}"] = (
            answer
        )
        assert not await lookup(site).has("correct horse battery staple")
    assert "not looked up" in caplog.text
    assert "correct" not in caplog.text


async def test_without_a_service_nobody_is_asked() -> None:
    assert not await NoLookup().has("password")
    await asyncio.sleep(0)
