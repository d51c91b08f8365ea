"""Permissions: what covers what."""

import pytest

from limen.access.api import PERMISSIONS
from limen.access.errors import BeyondOwn
from limen.access.model import (
    BUILT_IN,
    check_permissions,
    check_role_name,
    check_within,
    covers,
    spell_out,
)
from limen.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        ("*", "users:read", True),
        ("users:*", "users:read", True),
        ("users:*", "users_x:read", False),
        ("users:read", "users:read", True),
        ("users:read", "users:write", False),
        ("user:*", "users:read", False),
        ("*:read", "users:read", False),
        ("users", "users:read", False),
        ("", "users:read", False),
    ],
)
def test_what_covers_what(held: str, asked: str, expected: bool) -> None:
    """R113: only `*`, `resource:*` and the very name."""
    assert covers(held, asked) is expected


def test_the_administrator_of_the_default_tenant_holds_everything() -> None:
    assert spell_out(frozenset({"*"}), is_default_tenant=True) == frozenset(PERMISSIONS)


def test_tenants_are_the_default_tenants_business() -> None:
    """A077, R120: `tenants:*` elsewhere gives nothing, in whatever form it is held."""
    for held in ("*", "tenants:*", "tenants:write"):
        found = spell_out(frozenset({held}), is_default_tenant=False)
        assert not [name for name in found if name.startswith("tenants:")]


def test_the_auditor_changes_nothing() -> None:
    auditor = next(role for role in BUILT_IN if role.name == "auditor")
    found = spell_out(auditor.permissions, is_default_tenant=True)
    assert {name.partition(":")[2] for name in found} == {"read", "export"}


def test_a_permission_that_is_no_longer_known_gives_nothing() -> None:
    """R113: absent = refuse."""
    assert spell_out(frozenset({"ghosts:read", "ghosts:*"}), is_default_tenant=True) == frozenset()


def test_nobody_gives_more_than_he_holds() -> None:
    """R120, A081"""
    check_within({"users:read"}, frozenset({"users:read", "users:write"}))
    check_within({"users:read"}, None)
    with pytest.raises(BeyondOwn):
        check_within({"users:read", "keys:rotate"}, frozenset({"users:read"}))


@pytest.mark.parametrize("name", ["users:fly", "*:read", "users:", ":", "users:read ", "**"])
def test_unknown_permissions_are_refused(name: str) -> None:
    """R115"""
    with pytest.raises(Invalid):
        check_permissions([name])


@pytest.mark.parametrize("name", ["a", "Admin", "-ab", "ab-", "a b", "x" * 65, "ab\n"])
def test_role_names_are_plain(name: str) -> None:
    with pytest.raises(Invalid):
        check_role_name(name)


def test_every_permission_is_explained() -> None:
    for name, says in PERMISSIONS.items():
        resource, _, action = name.partition(":")
        assert resource.isalpha()
        assert action.isalpha()
        assert says.endswith(".")
