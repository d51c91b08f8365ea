"""Where a COMMIT runs."""

from limen.platform.db.sqlite.pace import Pace

QUICK, SLOW = 0.0003, 0.02


def settled(pace: Pace, seconds: float) -> None:
    """Let the pace try the disk until it has an opinion."""
    while not pace.is_quick():
        pass
    pace.took(seconds)


def test_a_new_store_begins_in_the_thread() -> None:
    assert not Pace().is_quick()


def test_a_quick_disk_is_committed_to_at_once() -> None:
    pace = Pace()
    settled(pace, QUICK)
    for _ in range(1000):
        assert pace.is_quick()
        pace.took(QUICK)


def test_a_slow_disk_holds_the_loop_up_once_in_256_commits() -> None:
    pace = Pace()
    settled(pace, SLOW)
    held_up = 0
    for _ in range(2560):
        if pace.is_quick():
            held_up += 1
            pace.took(SLOW)
    assert held_up == 10


def test_a_disk_that_becomes_slow_is_left_to_the_thread() -> None:
    pace = Pace()
    settled(pace, QUICK)
    pace.took(SLOW)
    assert not pace.is_quick()


def test_one_odd_commit_of_a_quick_disk_is_forgiven() -> None:
    pace = Pace()
    settled(pace, QUICK)
    pace.took(QUICK * 20)
    assert pace.is_quick()
