"""Key continuity (I10): whatever is rotated whenever, every unexpired token verifies."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from limen.oauth.keys.errors import TooManyKeys
from limen.oauth.keys.model import (
    MAX_PUBLISHED,
    Draft,
    Key,
    advance,
    begin,
    is_over,
    prolong,
    signing,
    waiting,
)
from limen.oauth.keys.settings import JWKS_MAX_AGE, LONGEST_TOKEN, KeySettings

Step = Literal["rotate", "rotate at once", "tend", "nothing"]
START = datetime(2030, 1, 1, tzinfo=UTC)
SETTINGS = KeySettings()
pauses = (
    st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(minutes=4)])
    | st.timedeltas(timedelta(0), timedelta(hours=1))
    | st.timedeltas(timedelta(0), timedelta(days=2))
    | st.timedeltas(timedelta(0), timedelta(days=100))
)


@dataclass
class World:
    """A tenant's keys through time: what the store held from when on, and tokens in use."""

    now: datetime = START
    history: list[tuple[datetime, tuple[Key, ...]]] = field(default_factory=list)
    tokens: list[tuple[str, datetime]] = field(default_factory=list)
    made: int = 2

    def __post_init__(self) -> None:
        self.keep(begin([draft(1), draft(2)], SETTINGS, now=self.now))

    @property
    def keys(self) -> list[Key]:
        return list(self.history[-1][1])

    def keep(self, changed: list[Key], gone: frozenset[UUID] = frozenset()) -> None:
        before = self.keys if self.history else []
        whole = {key.id: key for key in before} | {key.id: key for key in changed}
        self.history.append((self.now, tuple(k for k in whole.values() if k.id not in gone)))

    def served_at(self, moment: datetime) -> set[str]:
        """Return the kids of the JWKS as it was served then."""
        held = [keys for since, keys in self.history if since <= moment][-1]
        return {key.kid for key in held if key.is_published(moment)}

    def do(self, step: Step) -> None:
        self.made += 1
        new = draft(self.made)
        if step in ("rotate", "rotate at once"):
            try:
                changed = advance(
                    self.keys, new, SETTINGS, now=self.now, at_once=step == "rotate at once"
                )
            except TooManyKeys:
                return
            self.keep(changed)
        elif step == "tend":
            if not waiting(self.keys, self.now):
                self.keep(prolong(self.keys, new, SETTINGS, now=self.now))
            self.keep([], frozenset(key.id for key in self.keys if is_over(key, self.now)))

    def sign(self) -> None:
        key = signing(self.keys, self.now)
        assert key is not None
        self.tokens.append((key.kid, self.now + LONGEST_TOKEN))


def draft(number: int) -> Draft:
    return Draft(UUID(int=number), f"k{number}", "ES256", {}, b"")


def live(steps: list[tuple[timedelta, Step]], *, cached: bool) -> World:
    """Go through the steps, sign at each, and look at every token in use with every JWKS."""
    world = World()
    world.sign()
    for pause, step in steps:
        world.now += pause
        world.do(step)
        world.sign()
        for kid, expires in world.tokens:
            if expires <= world.now:
                continue
            assert kid in world.served_at(world.now)
            oldest = max(START, world.now - JWKS_MAX_AGE)
            assert not cached or kid in world.served_at(oldest)
        published = [key for key in world.keys if key.is_published(world.now)]
        assert len(published) <= MAX_PUBLISHED + 1
        assert len({key.number for key in world.keys}) == len(world.keys)
    return world


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(pauses, st.sampled_from(["rotate", "tend", "nothing"])), max_size=25))
def test_every_token_verifies_also_with_a_cached_jwks(steps: list[tuple[timedelta, Step]]) -> None:
    """R050, I10, F22"""
    live(steps, cached=True)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(pauses, st.sampled_from(["rotate", "rotate at once", "tend", "nothing"])),
        max_size=25,
    )
)
def test_at_once_too_no_valid_token_is_refused_here(steps: list[tuple[timedelta, Step]]) -> None:
    """R050, I10: with the served set; a cache may lack the key of an impatient rotation."""
    live(steps, cached=False)


def test_three_rotations_in_a_row_with_tokens_in_use() -> None:
    """I10, F22"""
    world = live(
        [(timedelta(minutes=1), "rotate")] * 3 + [(timedelta(minutes=1), "nothing")] * 60,
        cached=True,
    )
    assert len({kid for kid, _ in world.tokens}) == 4


def test_years_without_rotation_by_hand() -> None:
    """R050: keys rotate by themselves, and old ones go."""
    world = live([(timedelta(hours=23), "tend")] * 800, cached=True)
    assert len({kid for kid, _ in world.tokens}) >= 8
    assert len(world.keys) <= 3
