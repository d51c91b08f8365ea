"""Sealing is a bijection per place, for any text and any name."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.kernel.vault import CannotOpen, Place
from limen.platform.crypto.envelope import associated
from limen.platform.crypto.keyring import TenantKeyring

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
places = st.builds(Place, names, names, st.uuids() | names)
RING = TenantKeyring(UUID(int=1), [b"k" * 32])


@given(place=places, plain=st.binary(max_size=300))
def test_anything_sealed_opens(place: Place, plain: bytes) -> None:
    """R141"""
    assert RING.open(place, RING.seal(place, plain)) == plain


@given(one=places, other=places, tenants=st.tuples(st.uuids(), st.uuids()))
def test_associated_data_is_one_to_one(
    one: Place, other: Place, tenants: tuple[UUID, UUID]
) -> None:
    """R141: length-prefixed, so that no two places run together."""
    same = one == other and tenants[0] == tenants[1]
    assert (associated(tenants[0], one) == associated(tenants[1], other)) == same


@given(place=places, junk=st.binary(max_size=200))
def test_junk_never_opens_and_never_fails_otherwise(place: Place, junk: bytes) -> None:
    with pytest.raises(CannotOpen):
        RING.open(place, junk)
