"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that new rows land beside each other in an index.

Their order is a convenience of storage and never evidence of the order of facts.
"""

import secrets
import time
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
UserId = NewType("UserId", UUID)
EmailId = NewType("EmailId", UUID)
SessionId = NewType("SessionId", UUID)
FamilyId = NewType("FamilyId", UUID)
GrantId = NewType("GrantId", UUID)
RoleId = NewType("RoleId", UUID)


def new_id() -> UUID:
    """Return a fresh UUIDv7 with 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | random >> 62
    low = 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=high << 64 | low)


def parse_id(text: str) -> UUID | None:
    """Return the id that `text` spells in the one canonical form, else None."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
