"""Signing keys over a real store: made, published, rotated, revoked; tokens live meanwhile."""

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.tokens import AUDIENCE, ISSUER, Claims

from limen.kernel.errors import Invalid, NotFound, Stale
from limen.kernel.events import Fact
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Store, Tx, UniqueConflict
from limen.oauth.keys.api import KeySet
from limen.oauth.keys.chains import KeyChains
from limen.oauth.keys.errors import NoSigningKey
from limen.oauth.keys.model import Key
from limen.oauth.keys.ports import Means, Stored
from limen.oauth.keys.settings import JWKS_MAX_AGE, LONGEST_TOKEN, KeySettings
from limen.oauth.keys.store import SqlKeys
from limen.platform.cache import Snapshots
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase
from limen.platform.jose.sign import sign
from limen.platform.jose.verified import VerifiedTokens
from limen.platform.jose.verify import Expect, InvalidToken, verify

CAUSE = Cause()
SETTINGS = KeySettings()
EXPECT = Expect(
    typ="at+jwt", issuer=ISSUER, audience=AUDIENCE, claims=Claims, max_lifetime=24 * 3600
)
HOUR = timedelta(hours=1)


class Notes:
    """A recorder that only remembers."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    async def record(self, tx: Tx, fact: Fact, cause: Cause) -> None:
        self.facts.append(fact)

    def names(self) -> list[str]:
        names = [fact.name for fact in self.facts]
        self.facts.clear()
        return names


@dataclass
class Process:
    """One server process over the store."""

    chains: KeyChains
    snapshots: Snapshots
    store: Store
    clock: FrozenClock
    notes: Notes

    async def token(self, alg: str = "ES256", lifetime: timedelta = HOUR) -> str:
        now = int(self.clock.now().timestamp())
        claims = Claims(
            iss=ISSUER,
            sub="s",
            aud=AUDIENCE,
            iat=now,
            exp=now + int(lifetime.total_seconds()),
            jti="j",
        )
        return sign(await self.chains.signing(self.store, alg), "at+jwt", claims)

    async def published(self) -> KeySet:
        return await self.chains.published(self.store)

    async def believes(self, token: str) -> bool:
        return believed(token, await self.published(), self.clock)


def believed(token: str, keys: KeySet, clock: FrozenClock) -> bool:
    try:
        verify(token, keys.keys, EXPECT, now=clock.now().timestamp())
    except InvalidToken:
        return False
    return True


async def process(database: OpenDatabase, store: Store, clock: FrozenClock) -> Process:
    vault, snapshots, notes = (
        KeyVault([MasterKey(b"m" * 32)], clock),
        Snapshots(database, clock),
        Notes(),
    )
    means = Means(SqlKeys(), notes, snapshots, SETTINGS)
    await snapshots.poll()
    return Process(KeyChains(means, snapshots, vault, clock), snapshots, store, clock, notes)


@pytest.fixture
async def ours(database: OpenDatabase, store: Store, clock: FrozenClock) -> Process:
    made = await process(database, store, clock)

    async def found(tx: Tx) -> None:
        await made.chains._vault.create(tx)
        await made.chains.create(tx, CAUSE)

    await store.transact(found)
    return made


async def test_a_new_tenant_can_sign_and_everybody_can_verify(ours: Process) -> None:
    """R028, R050"""
    token = await ours.token()
    assert await ours.believes(token)
    keys = await ours.published()
    document = json.loads(keys.jwks)
    assert [key["kid"] for key in document["keys"]] == list(keys.keys)
    assert len(document["keys"]) == 2
    for key in document["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert keys.etag.startswith('"')
    assert ours.notes.names() == ["key.created", "key.created"]


async def test_what_is_kept_costs_no_read(ours: Process) -> None:
    key = await ours.chains.signing(ours.store, "ES256")
    assert await ours.chains.signing(ours.store, "ES256") is key
    assert await ours.published() is await ours.published()


async def test_the_private_half_is_sealed_in_its_row(ours: Process) -> None:
    """R141, A085: and never in what the API may show."""
    key = await ours.chains.signing(ours.store, "ES256")
    der = key.to_pkcs8()
    for stored in await SqlKeys().all(ours.store):
        assert der[-40:] not in stored.private_sealed
    for info in await ours.chains.list_(ours.store):
        assert "d" not in info.jwk


async def test_an_algorithm_without_keys_is_refused_until_it_is_asked_for(ours: Process) -> None:
    with pytest.raises(NoSigningKey):
        await ours.chains.signing(ours.store, "RS256")
    await ours.chains.ensure(ours.store, "RS256", CAUSE)
    assert await ours.believes(await ours.token("RS256"))
    ours.notes.facts.clear()
    await ours.chains.ensure(ours.store, "RS256", CAUSE)
    assert ours.notes.names() == []
    for wrong in ("none", "HS256", "", "es256"):
        with pytest.raises(Invalid):
            await ours.chains.ensure(ours.store, wrong, CAUSE)


async def test_two_who_ask_for_an_algorithm_at_once_begin_one_chain(ours: Process) -> None:
    await asyncio.gather(*(ours.chains.ensure(ours.store, "EdDSA", CAUSE) for _ in range(5)))
    listed = await ours.chains.list_(ours.store)
    assert [key.status for key in listed if key.alg == "EdDSA"] == ["next", "active"]


async def test_who_loses_the_race_to_begin_a_chain_uses_the_winners(ours: Process) -> None:
    """The loser saw no keys, and finds them when it adds its own."""

    class Blind(SqlKeys):
        async def all(self, reader: Reader) -> list[Stored]:
            return []

        async def of(self, tx: Tx, alg: str) -> list[Key]:
            return []

    before = await ours.chains.list_(ours.store)
    blind = KeyChains(
        replace(ours.chains._means, keys=Blind()), ours.snapshots, ours.chains._vault, ours.clock
    )
    await blind.ensure(ours.store, "ES256", CAUSE)
    await blind.tend(ours.store)
    assert await ours.chains.list_(ours.store) == before


async def test_three_rotations_while_tokens_live_refuse_none_of_them(
    ours: Process, clock: FrozenClock
) -> None:
    """R050, I10, F22: with what is served, and with a JWKS cached up to its max-age."""
    live: list[tuple[str, str, float]] = []
    caches: list[tuple[float, KeySet]] = []
    lifetime = timedelta(minutes=20)
    for minute in range(60):
        if minute in (1, 2, 40):
            await ours.chains.rotate(ours.store, CAUSE)
        now = clock.now().timestamp()
        kid = (await ours.chains.signing(ours.store, "ES256")).kid
        live.append((kid, await ours.token(lifetime=lifetime), now + lifetime.total_seconds()))
        caches.append((now, await ours.published()))
        for signed_by, token, expires in live:
            if now < expires:
                assert believed(token, caches[-1][1], clock)
                assert all(
                    signed_by in kept.keys
                    for since, kept in caches
                    if now - since <= JWKS_MAX_AGE.total_seconds()
                )
        clock.advance(60)
        await ours.snapshots.poll()
    assert len({kid for kid, _, _ in live}) == 4


async def test_a_rotation_at_once_changes_the_key_and_keeps_the_old_tokens(
    ours: Process,
) -> None:
    """R050, I10"""
    before = await ours.token()
    [taking_over] = await ours.chains.rotate(ours.store, CAUSE, at_once=True)
    after = await ours.token()
    assert before.split(".")[0] != after.split(".")[0]
    assert taking_over.status == "active"
    assert (await ours.chains.signing(ours.store, "ES256")).kid == taking_over.kid
    assert await ours.believes(before)
    assert await ours.believes(after)
    assert sorted(ours.notes.names()) == ["key.created"] * 3 + ["key.rotated"]


async def test_another_process_learns_of_a_rotation(
    ours: Process, database: OpenDatabase, open_second: Any, clock: FrozenClock
) -> None:
    """R116: within a poll."""
    theirs_database = await open_second(database)
    theirs = await process(theirs_database, theirs_database.tenant(ours.store.tenant), clock)
    await theirs.token()
    await ours.chains.rotate(ours.store, CAUSE, at_once=True)
    clock.advance(1)
    await theirs.snapshots.poll()
    assert await theirs.believes(await ours.token())
    assert (await theirs.token()).split(".")[0] == (await ours.token()).split(".")[0]


async def test_a_revoked_key_refuses_what_it_signed_at_once(ours: Process) -> None:
    """R050, F22: in the cache of verified tokens too; the next key signs."""
    tokens, token = VerifiedTokens(), await ours.token()
    now = ours.clock.now().timestamp()
    tokens.verify(token, (await ours.published()).keys, EXPECT, now=now)
    kid = (await ours.chains.signing(ours.store, "ES256")).kid

    revoked = await ours.chains.revoke(ours.store, kid, CAUSE)
    assert revoked.status == "revoked"
    keys = await ours.published()
    assert kid not in keys.keys
    assert kid.encode() not in keys.jwks
    with pytest.raises(InvalidToken, match="kid"):
        tokens.verify(token, keys.keys, EXPECT, now=now)
    assert await ours.believes(await ours.token())
    assert "key.revoked" in ours.notes.names()

    again = await ours.chains.revoke(ours.store, kid, CAUSE)
    assert again.status == "revoked"
    assert ours.notes.names() == []
    [stored] = [one for one in await SqlKeys().all(ours.store) if one.key.kid == kid]
    assert stored.private_sealed == b""


async def test_an_unknown_key_cannot_be_revoked(ours: Process) -> None:
    """R114"""
    for kid in ("", "nobody", "../../dev/null"):
        with pytest.raises(NotFound):
            await ours.chains.revoke(ours.store, kid, CAUSE)


async def test_racing_rotations_never_break_the_chain(ours: Process) -> None:
    """A073's family: whoever loses is told so and has changed nothing."""
    done = await asyncio.gather(
        *(ours.chains.rotate(ours.store, CAUSE) for _ in range(6)), return_exceptions=True
    )
    won = [result for result in done if not isinstance(result, BaseException)]
    assert won
    assert all(isinstance(lost, Stale | UniqueConflict) for lost in done if lost not in won)
    listed = await ours.chains.list_(ours.store)
    assert len(listed) == 2 + len(won)
    assert [key.status for key in listed].count("active") == 1
    in_order = listed[::-1]
    for key, successor in pairwise(in_order):
        assert key.retires_at == successor.active_from


async def test_keys_rotate_by_themselves_and_old_ones_go(
    ours: Process, database: OpenDatabase, clock: FrozenClock
) -> None:
    """R050, A135"""
    first = (await ours.chains.signing(ours.store, "ES256")).kid
    clock.advance(SETTINGS.rotate_every)
    await ours.snapshots.poll()
    assert (await ours.chains.signing(ours.store, "ES256")).kid != first
    ours.notes.facts.clear()
    await ours.chains.tend_due(database)
    assert ours.notes.names() == ["key.created", "key.rotated"]
    assert len((await ours.published()).keys) == 3

    clock.advance(LONGEST_TOKEN + HOUR)
    await ours.snapshots.poll()
    assert first not in (await ours.published()).keys
    await ours.chains.tend_due(database)
    assert ours.notes.names() == ["key.retired"]
    assert [key.status for key in await ours.chains.list_(ours.store)] == ["next", "active"]

    await ours.published()
    await ours.chains.tend_due(database)
    assert ours.notes.names() == []


async def test_two_processes_tend_one_chain_once(
    ours: Process, database: OpenDatabase, open_second: Any, clock: FrozenClock
) -> None:
    theirs_database = await open_second(database)
    theirs = await process(theirs_database, theirs_database.tenant(ours.store.tenant), clock)
    clock.advance(SETTINGS.rotate_every)
    await asyncio.gather(ours.chains.tend(ours.store), theirs.chains.tend(theirs.store))
    listed = await ours.chains.list_(ours.store)
    assert [key.status for key in listed] == ["next", "active", "retired"]


async def test_every_algorithm_in_use_rotates_unless_one_is_named(ours: Process) -> None:
    await ours.chains.ensure(ours.store, "EdDSA", CAUSE)
    both = await ours.chains.rotate(ours.store, CAUSE)
    assert [key.alg for key in both] == ["ES256", "EdDSA"]
    one = await ours.chains.rotate(ours.store, CAUSE, alg="EdDSA")
    assert [key.alg for key in one] == ["EdDSA"]
    with pytest.raises(Invalid):
        await ours.chains.rotate(ours.store, CAUSE, alg="none")


async def test_a_clock_that_is_behind_the_stores_still_signs(ours: Process) -> None:
    ours.clock.set(ours.clock.now() - timedelta(seconds=30))
    assert await ours.token()
