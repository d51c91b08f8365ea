"""When the next attempt may come."""

from datetime import UTC, datetime, timedelta

import pytest

from limen.risk.model import Count, Policy, is_loopback, joined, network_of, reserve, seconds
from limen.risk.settings import RiskSettings

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POLICY = Policy(10, 15 * MINUTE, MINUTE, 15 * MINUTE, cap=100)


def tries(count: Count, number: int, policy: Policy = POLICY, now: datetime = NOW) -> Count:
    for _ in range(number):
        after = reserve(count, policy, now)
        assert isinstance(after, Count)
        count = after
    return count


def test_ten_are_free_and_then_the_waits_double() -> None:
    """R074: 10, then 1, 2, 4, 8, 15, 15 … minutes."""
    now, count = NOW, tries(Count(0, 0, NOW), 10)
    waits: list[int] = []
    for _ in range(7):
        wait = reserve(count, POLICY, now)
        assert isinstance(wait, timedelta)
        waits.append(int(wait / MINUTE))
        now += wait
        count = tries(count, 1, now=now)
    assert waits == [1, 2, 4, 8, 15, 15, 15]


def test_a_quiet_time_starts_a_new_run_but_not_a_new_total() -> None:
    count = tries(Count(0, 0, NOW), 9)
    later = reserve(count, POLICY, NOW + 15 * MINUTE + timedelta(seconds=1))
    assert isinstance(later, Count)
    assert (later.recent, later.total) == (1, 10)
    at_once = reserve(count, POLICY, NOW + 15 * MINUTE)
    assert isinstance(at_once, Count)
    assert at_once.recent == 10


def test_a_hundred_are_the_end() -> None:
    """R074: at most 100 in a row, however slowly."""
    now, count, looked_at = NOW, Count(0, 0, NOW), 0
    for _ in range(1000):
        after = reserve(count, POLICY, now)
        if isinstance(after, Count):
            count, looked_at = after, looked_at + 1
        now += timedelta(days=1)
    assert looked_at == 100


def test_a_clock_that_goes_back_frees_nobody() -> None:
    count = tries(Count(0, 0, NOW), 10)
    assert isinstance(reserve(count, POLICY, NOW - timedelta(days=1)), timedelta)


def test_the_limit_is_told_once_in_each_run() -> None:
    told = Count(10, 10, NOW, NOW + MINUTE, told=True)
    same_run = reserve(told, POLICY, NOW + MINUTE)
    next_run = reserve(told, POLICY, NOW + 60 * MINUTE)
    assert isinstance(same_run, Count)
    assert isinstance(next_run, Count)
    assert (same_run.told, next_run.told) == (True, False)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::1", "20010db800010002"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "20010db800010002"),
        ("2001:db8:1:3::1", "20010db800010003"),
        ("fe80::1%eth0", "fe80000000000000"),
        ("nonsense", "unreadable"),
    ],
)
def test_an_address_counts_as_its_network(ip: str, network: str) -> None:
    """A071: a /64 of IPv6 is one; IPv4 in IPv6 is IPv4."""
    assert network_of(ip) == network


def test_loopback_is_told_from_the_rest() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("192.0.2.1")
    assert not is_loopback("localhost")


def test_no_two_lists_of_fields_look_alike() -> None:
    """A127: lengths in front."""
    assert len({joined(f) for f in (["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], [])}) == 5


def test_a_wait_is_whole_seconds_and_never_none() -> None:
    assert [seconds(timedelta(seconds=s)) for s in (0, 0.2, 1, 1.1)] == [1, 1, 1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"failures_before_delay": 0},
        {"failures_before_delay": 101},
        {"failures_before_reset": 101},
        {"failures_before_reset": 9},
        {"first_delay": timedelta(0)},
        {"first_delay": timedelta(hours=1)},
        {"failures_per_address": 0},
        {"mails_per_address": 0},
    ],
)
def test_settings_that_would_break_the_promise_are_refused(wrong: dict[str, object]) -> None:
    """R074: no setting allows more than a hundred."""
    with pytest.raises(ValueError, match="risk"):
        RiskSettings(**wrong)  # type: ignore[arg-type]
