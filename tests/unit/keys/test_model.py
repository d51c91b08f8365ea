"""The chain of keys: who signs when, and for how long everybody can verify it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

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
    withdraw,
)
from limen.oauth.keys.settings import LONGEST_TOKEN, KeySettings

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SETTINGS = KeySettings()
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def draft(number: int) -> Draft:
    return Draft(UUID(int=number), f"k{number}", "ES256", {}, b"sealed")


def put(keys: list[Key], changed: list[Key]) -> list[Key]:
    """Return the keys as the store would hold them."""
    whole = {key.id: key for key in keys} | {key.id: key for key in changed}
    return sorted(whole.values(), key=lambda key: key.number)


@pytest.fixture
def keys() -> list[Key]:
    return begin([draft(1), draft(2)], SETTINGS, now=NOW)


def names(keys: list[Key]) -> list[str]:
    return [key.kid for key in keys]


def test_a_new_chain_signs_at_once_and_publishes_the_next_key(keys: list[Key]) -> None:
    """R050"""
    one, two = keys
    assert signing(keys, NOW) == one
    assert waiting(keys, NOW) == [two]
    assert one.retires_at == two.active_at == NOW + SETTINGS.rotate_every
    assert two.is_published(NOW)
    assert (one.status(NOW), two.status(NOW)) == ("active", "next")


def test_time_alone_lets_the_next_key_take_over(keys: list[Key]) -> None:
    """R050: nothing has to run for it."""
    one, two = keys
    after = NOW + SETTINGS.rotate_every
    assert signing(keys, after - MINUTE) == one
    assert signing(keys, after) == two
    assert (one.status(after), two.status(after)) == ("retired", "active")
    assert one.is_published(after + LONGEST_TOKEN + MINUTE)
    assert not one.is_published(after + LONGEST_TOKEN + DAY)
    assert is_over(one, after + LONGEST_TOKEN + DAY)
    assert not is_over(two, after + 1000 * DAY)


def test_a_key_that_everybody_knows_takes_over_at_once(keys: list[Key]) -> None:
    later = NOW + DAY
    rotated = put(keys, advance(keys, draft(3), SETTINGS, now=later, at_once=False))
    assert names([signing(rotated, later) or keys[0]]) == ["k2"]
    assert names(waiting(rotated, later)) == ["k3"]
    assert rotated[0].retires_at == later
    assert rotated[2].active_at == later + SETTINGS.rotate_every


def test_a_key_that_is_too_new_waits_until_every_cache_knows_it(keys: list[Key]) -> None:
    """R050, I10"""
    rotated = put(keys, advance(keys, draft(3), SETTINGS, now=NOW + MINUTE, at_once=False))
    begins = NOW + SETTINGS.publish_ahead
    assert rotated[1].active_at == begins
    assert signing(rotated, begins - MINUTE) == rotated[0]
    assert signing(rotated, begins) == rotated[1]


def test_rotations_in_a_row_queue_up(keys: list[Key]) -> None:
    """I10, F22"""
    now = NOW + MINUTE
    for number in (3, 4, 5):
        keys = put(keys, advance(keys, draft(number), SETTINGS, now=now, at_once=False))
    begins = [key.active_at for key in keys]
    assert begins == sorted(set(begins))
    assert names([key for key in keys if key.is_published(now)]) == ["k1", "k2", "k3", "k4", "k5"]
    for key in keys[1:4]:
        assert signing(keys, key.active_at) == key
        assert key.active_at >= key.created_at + SETTINGS.publish_ahead
    assert keys[4].active_at == keys[3].active_at + SETTINGS.rotate_every


def test_at_once_means_now(keys: list[Key]) -> None:
    rotated = put(keys, advance(keys, draft(3), SETTINGS, now=NOW + MINUTE, at_once=True))
    assert names([signing(rotated, NOW + MINUTE) or keys[0]]) == ["k2"]
    assert rotated[0].is_published(NOW + DAY)


def test_at_once_overtakes_a_rotation_that_waits(keys: list[Key]) -> None:
    keys = put(keys, advance(keys, draft(3), SETTINGS, now=NOW + MINUTE, at_once=False))
    keys = put(keys, advance(keys, draft(4), SETTINGS, now=NOW + 2 * MINUTE, at_once=True))
    assert names([signing(keys, NOW + 2 * MINUTE) or keys[0]]) == ["k2"]
    assert names(waiting(keys, NOW + 2 * MINUTE)) == ["k3", "k4"]


def test_published_keys_are_bounded(keys: list[Key]) -> None:
    """A135: the JWKS does not grow for ever."""
    with pytest.raises(TooManyKeys):
        for number in range(3, 100):
            keys = put(keys, advance(keys, draft(number), SETTINGS, now=NOW, at_once=False))
    assert len(keys) == MAX_PUBLISHED


def test_the_last_key_gets_a_successor(keys: list[Key]) -> None:
    later = NOW + SETTINGS.rotate_every
    assert waiting(keys, later) == []
    longer = put(keys, prolong(keys, draft(3), SETTINGS, now=later))
    assert names(waiting(longer, later)) == ["k3"]
    assert longer[2].active_at == later + SETTINGS.rotate_every
    assert longer[1].retires_at == longer[2].active_at


def test_a_successor_that_comes_late_is_still_published_ahead(keys: list[Key]) -> None:
    """R050: the chain of a tenant that nobody used for a year."""
    later = NOW + 400 * DAY
    longer = put(keys, prolong(keys, draft(3), SETTINGS, now=later))
    assert longer[2].active_at == later + SETTINGS.publish_ahead
    assert signing(longer, later) == longer[1]


def test_revoking_the_signing_key_lets_the_next_one_sign(keys: list[Key]) -> None:
    later = NOW + MINUTE
    after = put(keys, withdraw(keys, keys[0], draft(3), SETTINGS, now=later))
    assert not after[0].is_published(later)
    assert after[0].status(later) == "revoked"
    assert names([signing(after, later) or keys[0]]) == ["k2"]
    assert names(waiting(after, later)) == ["k3"]
    assert after[1].retires_at == after[2].active_at


def test_revoking_a_key_that_waits_leaves_the_chain_whole(keys: list[Key]) -> None:
    later = NOW + MINUTE
    after = put(keys, withdraw(keys, keys[1], draft(3), SETTINGS, now=later))
    assert names([signing(after, later) or keys[1]]) == ["k1"]
    assert names(waiting(after, later)) == ["k3"]
    assert after[0].retires_at == after[2].active_at


def test_a_revoked_key_never_begins_to_sign(keys: list[Key]) -> None:
    one, two = keys
    revoked = replace(two, revoked_at=NOW)
    assert signing([one, revoked], two.active_at + DAY) == one
    assert waiting([one, revoked], NOW) == []


def test_revoking_a_retired_key_takes_it_out_and_moves_nothing(keys: list[Key]) -> None:
    later = NOW + SETTINGS.rotate_every + MINUTE
    changed = withdraw(keys, keys[0], draft(3), SETTINGS, now=later)
    assert names(changed) == ["k1"]
    assert not changed[0].is_published(later)


def test_revoking_one_after_the_other_always_leaves_a_signing_key(keys: list[Key]) -> None:
    now = NOW
    for number in range(3, 12):
        now += MINUTE
        current = signing(keys, now)
        assert current is not None
        keys = put(keys, withdraw(keys, current, draft(number), SETTINGS, now=now))
        assert signing(keys, now) is not None
        assert len(waiting(keys, now)) == 1
    assert len({key.number for key in keys}) == len(keys)


def test_a_revoked_key_is_shown_for_a_while_and_then_goes(keys: list[Key]) -> None:
    """A135"""
    [revoked, *_] = withdraw(keys, keys[0], draft(3), SETTINGS, now=NOW)
    assert not is_over(revoked, NOW + 29 * DAY)
    assert is_over(revoked, NOW + 30 * DAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"publish_ahead": timedelta(minutes=5)},
        {"publish_ahead": timedelta(0)},
        {"rotate_every": timedelta(days=1)},
    ],
)
def test_settings_that_would_refuse_valid_tokens_are_refused(wrong: dict[str, timedelta]) -> None:
    """R050"""
    with pytest.raises(ValueError, match="must be at least"):
        KeySettings(**wrong)
