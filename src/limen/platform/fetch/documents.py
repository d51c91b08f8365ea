"""JSON documents of others, kept as long as they say within our bounds (RFC 9111 §5.2.2)."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from limen.kernel.clock import Clock
from limen.platform.fetch.errors import FetchFailed
from limen.platform.jose.strict_json import check_object

FLOOR: Final = 60.0  # seconds that a document is kept at least, whatever it says
CEILING: Final = 24 * 3600.0
USUAL: Final = 600.0  # for one that says nothing
STALE: Final = 900.0  # an old one goes on for so long where no new one can be had
FAILED: Final = 30.0  # a failure is not tried again for so long
MOST: Final = 1000
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]{1,9})")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


Load = Callable[[str, str, int], Awaitable[Answer]]
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A document, and until when it is fresh; all times are the clock's monotonic seconds."""

    content: Mapping[str, Any]
    at: float
    until: float


class Documents:
    """The last of a thousand documents, each fetched by one caller for all (single flight)."""

    def __init__(self, load: Load, clock: Clock) -> None:
        self._load, self._clock = load, clock
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._failed: OrderedDict[_Key, tuple[float, FetchFailed]] = OrderedDict()
        self._running: dict[_Key, asyncio.Task[_Kept]] = {}

    async def get(
        self, url: str, accept: str, limit_bytes: int, newer_than: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        """Raises FetchFailed where there is neither a fresh document nor a recent one."""
        key, now = (url, accept), self._clock.monotonic()
        kept = self._kept.get(key)
        if kept is not None and now < kept.until and not self._is_to_renew(kept, newer_than, now):
            self._kept.move_to_end(key)
            return kept.content
        try:
            return (await self._flight(key, limit_bytes, now)).content
        except FetchFailed:
            if kept is not None and now < kept.until + STALE:
                return kept.content
            raise

    @staticmethod
    def _is_to_renew(kept: _Kept, newer_than: Mapping[str, Any] | None, now: float) -> bool:
        return kept.content is newer_than and now - kept.at >= FAILED

    async def _flight(self, key: _Key, limit_bytes: int, now: float) -> _Kept:
        until, failure = self._failed.get(key, (0.0, None))
        if failure is not None and now < until:
            raise FetchFailed(failure.reason, "not tried again yet")
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._fetch(key, limit_bytes))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)  # a caller that goes away takes nobody with it

    async def _fetch(self, key: _Key, limit_bytes: int) -> _Kept:
        url, accept = key
        try:
            answer = await self._load(url, accept, limit_bytes)
            content = _content(answer)
        except FetchFailed as failure:
            _put(self._failed, key, (self._clock.monotonic() + FAILED, failure))
            raise
        now = self._clock.monotonic()
        kept = _Kept(content, now, now + lifetime_of(answer.headers))
        self._failed.pop(key, None)
        _put(self._kept, key, kept)
        return kept


def lifetime_of(headers: Mapping[str, str]) -> float:
    """Return for how many seconds an answer is fresh, within our bounds."""
    said = headers.get("cache-control", "").lower()
    if "no-store" in said or "no-cache" in said:
        return FLOOR
    age = _MAX_AGE.search(said)
    return USUAL if age is None else min(max(float(age[1]), FLOOR), CEILING)


def _content(answer: Answer) -> Mapping[str, Any]:
    if answer.status != 200:
        raise FetchFailed("status", str(answer.status))
    body = answer.body.strip()
    try:
        check_object(body)
        return _decode(body)
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise FetchFailed("document", str(error)) from error


def _put(entries: "OrderedDict[_Key, Any]", key: _Key, value: object) -> None:
    entries[key] = value
    entries.move_to_end(key)
    while len(entries) > MOST:
        entries.popitem(last=False)
