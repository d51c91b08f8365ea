"""Asks a range service whether a password was in a breach, without telling it which (R070).

The first five hexadecimal digits of the SHA-1 are sent, the answers are padded.  The address
is the operator's own setting, never a person's input.  Without an answer in time the password
is not refused and a warning is logged: the look-up adds to the block lists, and somebody
else's outage must not stop people from replacing a stolen password.
"""

import logging
from datetime import timedelta
from hashlib import sha1
from typing import TYPE_CHECKING

from limen.authentication.methods.password.text import normalised

if TYPE_CHECKING:
    from httpx import AsyncBaseTransport

_log = logging.getLogger("limen.authentication")
_LONGEST_ANSWER = 256 * 1024


class RangeLookup:
    """`BreachedPasswords` over HTTP."""

    def __init__(
        self, url: str, timeout: timedelta, transport: "AsyncBaseTransport | None" = None
    ) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout.total_seconds()
        self._transport = transport

    async def has(self, password: str) -> bool:
        octets = normalised(password).encode("utf-8")
        digest = sha1(octets, usedforsecurity=False).hexdigest().upper()
        answer = await self._range(digest[:5])
        return any(
            line.startswith(digest[5:] + ":") and not line.endswith(":0")
            for line in answer.splitlines()
        )

    async def _range(self, prefix: str) -> str:
        import httpx

        try:
            async with httpx.AsyncClient(
                timeout=self._timeout, transport=self._transport, follow_redirects=False
            ) as client:
                address = f"{self._url}/range/{prefix}"
                answer = await client.get(address, headers={"add-padding": "true"})
                answer.raise_for_status()
        except httpx.HTTPError as error:
            _log.warning("breached passwords were not looked up: %s", type(error).__name__)
            return ""
        return answer.text[:_LONGEST_ANSWER]


class NoLookup:
    """`BreachedPasswords` where none is configured."""

    async def has(self, password: str) -> bool:
        del password
        return False
