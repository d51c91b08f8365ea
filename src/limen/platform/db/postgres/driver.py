"""asyncpg, whose package carries no types, behind one."""

from typing import Any

import asyncpg

Connection = Any  # asyncpg.Connection


async def connect(url: str, **options: object) -> Connection:
    """Open a connection.  Raises what asyncpg raises, OSError and TimeoutError."""
    driver: Any = asyncpg
    return await driver.connect(url, **options)
