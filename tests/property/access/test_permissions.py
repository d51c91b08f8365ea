"""Permission sets against the plain definition."""

from hypothesis import given
from hypothesis import strategies as st

from limen.access.api import PERMISSIONS
from limen.access.errors import BeyondOwn
from limen.access.model import check_within, covers, spell_out

_names = st.sampled_from([*PERMISSIONS, "*", "users:*", "tenants:*", "audit:*", "ghosts:*", "x"])
_sets = st.frozensets(_names, max_size=6)


@given(held=_sets, default=st.booleans())
def test_spelling_out_is_what_covers_says(held: frozenset[str], default: bool) -> None:
    """A089: the quick way and the definition agree."""
    found = spell_out(held, is_default_tenant=default)
    for name in PERMISSIONS:
        allowed = any(covers(one, name) for one in held)
        assert (name in found) == (allowed and (default or not name.startswith("tenants:")))


@given(giver=_sets, gift=_sets)
def test_what_is_given_was_held(giver: frozenset[str], gift: frozenset[str]) -> None:
    """R120: who gives a role that passes the check cannot thereby make anybody stronger."""
    by = spell_out(giver, is_default_tenant=True)
    asked = spell_out(gift, is_default_tenant=True)
    try:
        check_within(asked, by)
    except BeyondOwn:
        assert asked - by
    else:
        assert asked <= by
