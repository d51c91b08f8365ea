"""A flood of refusals fills neither the log nor the memory, and nothing of it is lost."""

from tests.fakes.clock import FrozenClock

from limen.kernel.ids import TenantId, new_id
from limen.platform.facts.refusals import RefusalLimit, Summary

A, B = TenantId(new_id()), TenantId(new_id())


def test_the_first_ones_of_a_minute_are_admitted() -> None:
    """R150, R154: each tenant and name has its own count."""
    clock = FrozenClock()
    limit = RefusalLimit(clock, 2)
    assert [limit.admits(A, "x") for _ in range(4)] == [True, True, False, False]
    assert limit.admits(B, "x")
    assert limit.admits(A, "y")
    assert limit.take() == []
    clock.advance(60)
    assert limit.take() == [Summary(A, "x", 2)]
    assert limit.take() == []
    assert limit.admits(A, "x")


def test_a_summary_that_is_late_counts_on() -> None:
    clock = FrozenClock()
    limit = RefusalLimit(clock, 1)
    limit.admits(A, "x"), limit.admits(A, "x")
    clock.advance(90)
    assert not limit.admits(A, "x")
    assert limit.take() == [Summary(A, "x", 2)]


def test_a_quiet_minute_is_forgotten() -> None:
    clock = FrozenClock()
    limit = RefusalLimit(clock, 1)
    limit.admits(A, "x")
    clock.advance(61)
    assert limit.admits(A, "x")
    clock.advance(61)
    assert limit.take() == []


def test_what_could_not_be_recorded_is_counted_again() -> None:
    limit = RefusalLimit(FrozenClock(), 1)
    limit.put_back(Summary(A, "x", 5))
    assert not limit.admits(A, "x")
    assert limit.take(all_of_them=True) == [Summary(A, "x", 6)]
