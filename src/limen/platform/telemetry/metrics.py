"""Metrics: plain integers in dictionaries, written out when somebody scrapes.

Counting costs one dictionary access (0.1 to 0.4 µs), so that hot paths may.  What is scraped
is this process; a scraper adds the processes up.  The text is Prometheus' exposition format,
version 0.0.4.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal, Protocol

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS: Final = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)
MOST_SERIES: Final = 2_000
OTHER: Final = "other"

Labels = tuple[str, ...]
Reading = float | Mapping[Labels, float]


class Metric(Protocol):
    """Anything that can be scraped."""

    name: str

    def lines(self) -> Iterator[str]: ...


class Counter:
    """How often something happened, by its labels."""

    __slots__ = ("_counts", "labels", "name", "says")

    def __init__(self, name: str, says: str, *labels: str) -> None:
        self.name, self.says, self.labels = name, says, labels
        self._counts: dict[Labels, int] = {}

    def add(self, *values: str, by: int = 1) -> None:
        """Count; beyond 2,000 different labels the rest is `other`."""
        counts = self._counts
        if values in counts:
            counts[values] += by
        else:
            self._begin(values, by)

    def _begin(self, values: Labels, by: int) -> None:
        if len(values) != len(self.labels):
            raise TypeError(f"{self.name} has the labels {self.labels}")
        if len(self._counts) >= MOST_SERIES:
            values = (OTHER,) * len(values)
        self._counts[values] = self._counts.get(values, 0) + by

    def value(self, *values: str) -> int:
        return self._counts.get(values, 0)

    def lines(self) -> Iterator[str]:
        yield from _about(self.name, self.says, "counter")
        counts = self._counts if self.labels else self._counts or {(): 0}
        for values, count in list(counts.items()):
            yield f"{self.name}{_labelled(self.labels, values)} {count}"


class Histogram:
    """How long something took, in seconds, by its labels."""

    __slots__ = ("_rows", "bounds", "labels", "name", "says")

    def __init__(
        self, name: str, says: str, *labels: str, bounds: tuple[float, ...] = SECONDS
    ) -> None:
        self.name, self.says, self.labels, self.bounds = name, says, labels, bounds
        self._rows: dict[Labels, list[float]] = {}

    def observe(self, values: Labels, seconds: float) -> None:
        """Count one that took so long."""
        row = self._rows.get(values)
        if row is None:
            row = self._begin(values)
        row[bisect_left(self.bounds, seconds)] += 1
        row[-1] += seconds

    def _begin(self, values: Labels) -> list[float]:
        if len(values) != len(self.labels):
            raise TypeError(f"{self.name} has the labels {self.labels}")
        if len(self._rows) >= MOST_SERIES:
            values = (OTHER,) * len(values)
        return self._rows.setdefault(values, [0] * (len(self.bounds) + 1) + [0.0])

    def lines(self) -> Iterator[str]:
        yield from _about(self.name, self.says, "histogram")
        labels = (*self.labels, "le")
        for values, row in list(self._rows.items()):
            total = 0.0
            for bound, count in zip((*self.bounds, None), row, strict=False):
                total += count
                le = "+Inf" if bound is None else repr(bound)
                yield f"{self.name}_bucket{_labelled(labels, (*values, le))} {total:.0f}"
            own = _labelled(self.labels, values)
            yield f"{self.name}_sum{own} {row[-1]!r}"
            yield f"{self.name}_count{own} {total:.0f}"


class Gauge:
    """A value that is read when somebody scrapes; one that cannot be read is left out."""

    __slots__ = ("_kind", "_read", "labels", "name", "says")

    def __init__(
        self,
        name: str,
        says: str,
        *labels: str,
        read: Callable[[], Reading],
        kind: Literal["gauge", "counter"] = "gauge",
    ) -> None:
        self.name, self.says, self.labels, self._read = name, says, labels, read
        self._kind: Literal["gauge", "counter"] = kind

    def lines(self) -> Iterator[str]:
        try:
            reading = self._read()
        except OSError:
            return
        yield from _about(self.name, self.says, self._kind)
        values = reading if isinstance(reading, Mapping) else {(): reading}
        for labels, value in values.items():
            yield f"{self.name}{_labelled(self.labels, labels)} {value!r}"


class Metrics:
    """All metrics of a process."""

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}

    def add(self, *metrics: Metric) -> None:
        """Have these scraped.  Raises ValueError for a name that is taken."""
        for metric in metrics:
            if metric.name in self._metrics:
                raise ValueError(f"there is a metric {metric.name} already")
            self._metrics[metric.name] = metric

    def counter(self, name: str, says: str, *labels: str) -> Counter:
        counter = Counter(name, says, *labels)
        self.add(counter)
        return counter

    def histogram(
        self, name: str, says: str, *labels: str, bounds: tuple[float, ...] = SECONDS
    ) -> Histogram:
        histogram = Histogram(name, says, *labels, bounds=bounds)
        self.add(histogram)
        return histogram

    def gauge(self, name: str, says: str, *labels: str, read: Callable[[], Reading]) -> None:
        self.add(Gauge(name, says, *labels, read=read))

    def text(self) -> bytes:
        """Return the exposition."""
        lines = [line for metric in self._metrics.values() for line in metric.lines()]
        return ("\n".join(lines) + "\n").encode()


def _about(name: str, says: str, kind: str) -> Iterable[str]:
    escaped = says.replace("\\", r"\\").replace("\n", r"\n")
    return (f"# HELP {name} {escaped}", f"# TYPE {name} {kind}")


def _labelled(names: Labels, values: Labels) -> str:
    if not names:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
