"""asyncpg, whose package carries no types, behind one."""

from typing import Any

import asyncpg

Connection = Any  # asyncpg.Connection


async def connect(url: str, **options: object) -> Connection:
    """Open a connection.  Raises OSError (TimeoutError is one), also where the server says no."""
    driver: Any = asyncpg
    try:
        return await driver.connect(url, **options)
    except asyncpg.PostgresError as error:  # an unknown role or database, too many connections
        raise ConnectionRefusedError(str(error)) from error
