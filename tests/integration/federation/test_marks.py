"""Trust marks that a tenant asks for (§7)."""

from typing import Any

import pytest
from tests.integration.federation.conftest import World
from tests.integration.federation.test_automatic import is_page
from tests.support.federation import Entity, federate, jwks_of
from tests.support.issuers import tampered

KIND = "https://marks.example/member"


def mark(by: Entity, about: Entity, **changes: Any) -> str:
    typ = changes.pop("typ", "trust-mark+jwt")
    found = {"iss": by.id, "sub": about.id, "iat": by.now, "trust_mark_type": KIND, **changes}
    return by.signed(found, typ)


def show(app: Entity, *marks: str) -> None:
    app.says["trust_marks"] = [{"trust_mark_type": KIND, "trust_mark": one} for one in marks]


@pytest.fixture
async def issuer(world: World) -> Entity:
    """An issuer of marks below the anchor, which names it as one."""
    found = world.entity("/marks").under(world.anchor)
    world.anchor.says["trust_mark_issuers"] = {KIND: [found.id]}
    await federate(world.provider, world.anchor, federation_trust_marks=[{"trust_mark_type": KIND}])
    return found


async def is_known(world: World) -> bool:
    world.provider.clock.advance(31)
    return not is_page(await world.app.ask())


async def test_a_mark_is_needed_and_shown(world: World, issuer: Entity) -> None:
    """R056: whoever has none is no client."""
    assert not await is_known(world)
    show(world.app, mark(issuer, world.app))
    assert await is_known(world)


async def test_marks_of_the_anchor_itself(world: World, issuer: Entity) -> None:
    """§7.3: by the keys that are pinned here."""
    world.anchor.says["trust_mark_issuers"] = {KIND: []}
    show(world.app, "nothing", mark(world.anchor, world.app))
    assert await is_known(world)
    assert world.site.count(f"{issuer.path}/.well-known/openid-federation") == 0


async def test_marks_that_are_worth_nothing(world: World, issuer: Entity) -> None:
    """A095, A097, R040, R041: another's, by another, of another type, expired, forged."""
    stranger = world.entity("/stranger").under(world.anchor)
    right = mark(issuer, world.app)
    for wrong in (
        mark(issuer, world.middle),
        mark(stranger, world.app),
        mark(stranger, world.app, iss=issuer.id),
        mark(issuer, world.app, trust_mark_type="https://other.example"),
        mark(issuer, world.app, exp=issuer.now - 1),
        mark(issuer, world.app, iat=issuer.now + 4000),
        mark(issuer, world.app, iat=None),
        mark(issuer, world.app, typ="JWT"),
        tampered(right, {"alg": "none", "kid": issuer.key.kid, "typ": "trust-mark+jwt"}),
        tampered(right, {"alg": "HS256", "kid": issuer.key.kid, "typ": "trust-mark+jwt"}),
    ):
        show(world.app, wrong)
        assert not await is_known(world)
    del world.anchor.subordinates[issuer.id]
    show(world.app, right)
    assert not await is_known(world), "its issuer is in the federation no more"


async def test_whom_the_tenant_names(world: World, issuer: Entity) -> None:
    """The tenant's own list goes before the anchor's."""
    marks = [{"trust_mark_type": KIND, "issuers": ["https://only.example"]}]
    await federate(world.provider, world.anchor, federation_trust_marks=marks)
    show(world.app, mark(issuer, world.app))
    assert not await is_known(world)


async def test_marks_that_are_somebody_s(world: World, issuer: Entity) -> None:
    """§7.2: where a type has an owner, its issuer shows that the owner lets it."""
    owner, other = world.entity("/owner"), world.entity("/other")
    owns = {KIND: {"sub": owner.id, "jwks": jwks_of(owner.key)}}
    world.anchor.says["trust_mark_owners"] = owns

    def lets(by: Entity, to: Entity, **changes: Any) -> str:
        return mark(by, to, typ="trust-mark-delegation+jwt", **changes)

    for delegation in (
        None, lets(owner, other), lets(other, issuer), lets(owner, issuer, exp=1),
        lets(other, issuer, iss=owner.id), mark(owner, issuer),
    ):  # fmt: skip
        show(world.app, mark(issuer, world.app, delegation=delegation))
        assert not await is_known(world)
    show(world.app, mark(issuer, world.app, delegation=lets(owner, issuer)))
    assert await is_known(world)
