"""Waits grow and are jittered; a receiver has its share."""

from datetime import timedelta

import pytest
from tests.fakes.clock import FrozenClock

from limen.platform.deliveries.pace import Pace, target_of, wait_after
from limen.platform.deliveries.settings import DeliverySettings

SETTINGS = DeliverySettings()


def test_each_wait_is_longer_up_to_a_limit() -> None:
    """R134: 5 s, 20 s, 80 s, … 2 h, give or take a fifth."""
    waits = [wait_after(n, SETTINGS, lambda: 1.0).total_seconds() for n in range(1, 9)]
    assert waits == [5, 20, 80, 320, 1280, 5120, 7200, 7200]
    assert wait_after(100_000, SETTINGS, lambda: 1.0) == timedelta(hours=2)


def test_waits_are_jittered_so_that_failures_do_not_come_back_together() -> None:
    """R134."""
    found = {wait_after(3, SETTINGS).total_seconds() for _ in range(200)}
    assert len(found) > 20
    assert min(found) >= 64 and max(found) <= 96.1


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://RP.example/a?b=c", "https://rp.example"),
        ("https://rp.example:8443/a", "https://rp.example:8443"),
        ("http://user:pw@rp.example/a", "http://rp.example"),
        ("https://[broken/a", "https://[broken/a"),
    ],
)
def test_a_receiver_is_an_origin(url: str, target: str) -> None:
    assert target_of(url) == target


def test_one_receiver_gets_two_at_once_and_one_while_it_fails() -> None:
    clock = FrozenClock()
    pace = Pace(SETTINGS, clock.monotonic)
    assert pace.room_of("a") == 2
    pace.begin("a")
    pace.begin("a")
    assert pace.busy() == ["a"]
    pace.end("a", answered=False)
    pace.end("a", answered=False)
    assert pace.room_of("a") == 1
    pace.begin("a")
    pace.end("a", answered=False)
    assert pace.busy() == ["a"]
    clock.advance(1.1)
    assert pace.room_of("a") == 1
    pace.begin("a")
    pace.end("a", answered=True)
    assert pace.room_of("a") == 2 and pace.busy() == []


def test_a_rest_has_an_end() -> None:
    clock = FrozenClock()
    pace = Pace(SETTINGS, clock.monotonic)
    for _ in range(3000):
        pace.begin("a")
        pace.end("a", answered=False)
    clock.advance(60.1)
    assert pace.room_of("a") == 1


def test_dead_receivers_are_not_remembered_for_ever() -> None:
    """A135."""
    clock = FrozenClock()
    pace = Pace(SETTINGS, clock.monotonic)
    for number in range(5000):
        pace.begin(f"{number}")
        pace.end(f"{number}", answered=False)
        clock.advance(1)
    assert len(pace) < 2000


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_retry_after": timedelta(0)},
        {"first_retry_after": timedelta(days=1)},
        {"timeout": timedelta(minutes=1)},
        {"concurrency_per_receiver": 0},
        {"concurrency": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        DeliverySettings(**wrong)  # type: ignore[arg-type]
