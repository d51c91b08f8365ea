"""Asks a range service whether a password was in a breach, without telling it which (R070).

The first five hexadecimal digits of the SHA-1 are sent, the answers are padded.  The address
is the operator's own setting, never a person's input.  Without an answer in time the password
is not refused and a warning is logged: the look-up adds to the block lists, and somebody
else's outage must not stop people from replacing a stolen password.  A service inside your own
network needs its host in `LIMEN_FETCH__ALLOW`.
"""

import logging
from datetime import timedelta
from hashlib import sha1

from limen.authentication.methods.password.text import normalised
from limen.platform.fetch import Fetcher, FetchFailed

_log = logging.getLogger("limen.authentication")
_LONGEST_ANSWER = 256 * 1024


class RangeLookup:
    """`BreachedPasswords` over HTTP."""

    def __init__(self, fetcher: Fetcher, url: str, timeout: timedelta) -> None:
        self._fetcher = fetcher
        self._url = url.rstrip("/")
        self._timeout = timeout.total_seconds()

    async def has(self, password: str) -> bool:
        octets = normalised(password).encode("utf-8")
        digest = sha1(octets, usedforsecurity=False).hexdigest().upper()
        answer = await self._range(digest[:5])
        return any(
            line.startswith(digest[5:] + ":") and not line.endswith(":0")
            for line in answer.splitlines()
        )

    async def _range(self, prefix: str) -> str:
        try:
            answer = await self._fetcher.get(
                f"{self._url}/range/{prefix}",
                accept="text/plain",
                headers=[("add-padding", "true")],
                limit_bytes=_LONGEST_ANSWER,
                timeout=self._timeout,
            )
        except FetchFailed as failed:
            _log.warning("breached passwords were not looked up: %s", failed.reason)
            return ""
        if answer.status != 200:
            _log.warning("breached passwords were not looked up: status %s", answer.status)
            return ""
        return answer.body.decode("ascii", "replace")


class NoLookup:
    """`BreachedPasswords` where none is configured."""

    async def has(self, password: str) -> bool:
        del password
        return False
