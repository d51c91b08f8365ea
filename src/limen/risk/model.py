"""When the next attempt may come: ten free ones, then waits that double, then a reset."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil


@dataclass(frozen=True, slots=True)
class Policy:
    """`free` attempts come without a wait; from the last of them on each brings one.

    A count left alone for `window` (after its wait) starts anew, but not its `total`, which
    is never let over `cap`.
    """

    free: int
    window: timedelta
    first_delay: timedelta
    longest_delay: timedelta
    cap: int | None = None

    def delay_after(self, recent: int) -> timedelta:
        """Return the wait that the attempt number `recent` brings."""
        if recent < self.free:
            return timedelta(0)
        doublings = min(recent - self.free, 30)
        return min(self.first_delay * 2**doublings, self.longest_delay)


@dataclass(frozen=True, slots=True)
class Count:
    """Attempts that were not given back: `recent` in this run, `total` since a success.

    `told` says that reaching the limit was recorded.
    """

    recent: int
    total: int
    touched_at: datetime
    blocked_until: datetime | None = None
    told: bool = False


def reserve(count: Count, policy: Policy, now: datetime) -> Count | timedelta:
    """Return the count with one more attempt, or how long to wait instead."""
    if policy.cap is not None and count.total >= policy.cap:
        return policy.longest_delay
    quiet_since = max(count.touched_at, count.blocked_until or count.touched_at)
    if count.blocked_until is not None and now < count.blocked_until:
        return count.blocked_until - now
    fresh = now - quiet_since > policy.window
    recent = 1 if fresh else count.recent + 1
    delay = policy.delay_after(recent)
    blocked_until = now + delay if delay else None
    return Count(recent, count.total + 1, now, blocked_until, count.told and not fresh)


def seconds(wait: timedelta) -> int:
    """Return whole seconds for Retry-After, at least one."""
    return max(1, ceil(wait.total_seconds()))


def network_of(ip: str) -> str:
    """Return what counts as one address: IPv4 itself, the /64 of IPv6 (A071)."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return "unreadable"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return address.packed[:8].hex()
    return str(address)


def is_loopback(ip: str) -> bool:
    try:
        return ip_address(ip.partition("%")[0]).is_loopback
    except ValueError:
        return False


def joined(fields: Sequence[str]) -> bytes:
    """Return the fields with their lengths in front, so that no two lists look alike (A127)."""
    parts = [field.encode("utf-8", "surrogatepass") for field in fields]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
