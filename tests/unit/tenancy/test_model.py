"""Slugs, names and settings."""

import pytest

from limen.kernel.errors import Invalid
from limen.tenancy.model import check_name, check_slug, issuer_of, merge_settings


@pytest.mark.parametrize("slug", ["ac", "acme", "a-1", "0x", "a" * 40, "default"])
def test_slugs_are_short_and_plain(slug: str) -> None:
    assert check_slug(slug) == slug


@pytest.mark.parametrize(
    "slug",
    ["", "a", "a" * 41, "-a", "a-", "A1", "a_b", "a.b", "a/b", "ä1", "ac\n", "admin", "api", "www"],
)
def test_other_slugs_are_refused(slug: str) -> None:
    """R114: what stands in a path is never ambiguous."""
    with pytest.raises(Invalid) as refused:
        check_slug(slug)
    assert refused.value.errors[0].field == "slug"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "a\u2028b"])
def test_names_are_printing_and_not_empty(name: str) -> None:
    """A067, A129"""
    with pytest.raises(Invalid):
        check_name(name)
    assert check_name(" Acme Inc. ") == "Acme Inc."


def test_every_tenant_has_its_own_issuer() -> None:
    assert issuer_of("default", "https://id.example") == "https://id.example"
    assert issuer_of("acme", "https://id.example/x") == "https://id.example/x/t/acme"


def test_a_change_is_merged_and_null_removes() -> None:
    current = {"sign_up_mode": "closed", "support_url": "https://acme.example"}
    change = {"support_url": None, "password_block_list": ["acme"]}
    merged = merge_settings(current, change)
    assert merged == {"sign_up_mode": "closed", "password_block_list": ["acme"]}
    assert current["support_url"] == "https://acme.example"


def test_an_unknown_setting_is_refused_with_a_suggestion() -> None:
    with pytest.raises(Invalid) as refused:
        merge_settings({}, {"sign_up": "closed", "zzz": 1})
    first, second = refused.value.errors
    assert (first.field, first.code) == ("sign_up", "unknown")
    assert "did you mean sign_up_mode?" in first.message
    assert "known are" in second.message


@pytest.mark.parametrize(
    "change",
    [
        {"sign_up_mode": "maybe"},
        {"password_block_list": "yes"},
        {"password_block_list": ["x"] * 10_001},
        {"password_block_list": [1]},
        {"password_block_list": [""]},
        {"support_url": "javascript:alert(1)"},
        {"support_url": "//example.org"},
        {"support_url": "https://"},
        {"support_url": "https://[x"},
        {"access_token_lifetime": 59},
        {"access_token_lifetime": 90_000},
        {"access_token_lifetime": True},
        {"refresh_token_lifetime": "1d"},
    ],
)
def test_wrong_values_are_refused(change: dict[str, object]) -> None:
    """A115, R027, R033: a setting that would weaken or break is not taken."""
    with pytest.raises(Invalid) as refused:
        merge_settings({}, change)
    assert [error.field for error in refused.value.errors] == list(change)
