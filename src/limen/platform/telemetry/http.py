"""What is known of every answer: counts, times, and a line for those worth reading."""

import logging
from collections.abc import Iterator
from typing import Final

from limen.platform.telemetry.metrics import Histogram, Metrics

SLOW: Final = 1.0
"""Seconds after which an answer is worth a line."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = logging.getLogger("limen.access")


class HttpObserver:
    """The door's observer: one histogram gives both counts and times.

    A line is written for faults (500 and above), for slow answers, and, at debug, for all.
    """

    def __init__(self, metrics: Metrics) -> None:
        says = "Seconds until an answer was sent, by method, operation and status."
        self._times = Histogram(
            "http_request_duration_seconds", says, "method", "endpoint", "status"
        )
        self._rows = self._times.observe
        metrics.add(self._times, _Requests(self._times))

    def request(self, method: str, operation: str, status: int, seconds: float) -> None:
        """Count an answer; `operation` is a route's, never a path that a caller chose."""
        if method not in _METHODS:
            method = "other"
        self._rows((method, operation, _STATUS.get(status) or str(status)), seconds)
        if status >= 500 or seconds >= SLOW or _log.isEnabledFor(logging.DEBUG):
            self._note(method, operation, status, seconds)

    def _note(self, method: str, operation: str, status: int, seconds: float) -> None:
        level = logging.DEBUG
        if status >= 500:
            level = logging.ERROR
        elif seconds >= SLOW:
            level = logging.WARNING
        extra = {"method": method, "operation": operation, "status": status}
        _log.log(level, "answered", extra=extra | {"milliseconds": round(seconds * 1000, 1)})


_STATUS: Final = {status: str(status) for status in range(100, 600)}


class _Requests:
    """`http_requests_total`, read from the histogram."""

    name = "http_requests_total"

    def __init__(self, times: Histogram) -> None:
        self._times = times

    def lines(self) -> Iterator[str]:
        yield f"# HELP {self.name} Answers by method, operation and status."
        yield f"# TYPE {self.name} counter"
        mark = f"{self._times.name}_count"
        for line in self._times.lines():
            if line.startswith(mark):
                yield self.name + line.removeprefix(mark)
