"""Counts and times in Prometheus' text form (exposition format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[tuple[str, str], ...]


class Histogram:
    """How many values fell below each edge, with their sum."""

    def __init__(self, edges: Sequence[float]) -> None:
        self.edges = edges
        self.counts = [0] * (len(edges) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count a value; one on an edge is below it."""
        self.counts[bisect_left(self.edges, value)] += 1
        self.sum += value

    def lines(self, name: str, labels: Labels) -> Iterator[str]:
        """Cumulative buckets, sum and count."""
        below = 0
        for edge, count in zip([*map(str, self.edges), "+Inf"], self.counts, strict=True):
            below += count
            yield f"{name}_bucket{_text((*labels, ('le', edge)))} {below}"
        yield f"{name}_sum{_text(labels)} {self.sum:.6f}"
        yield f"{name}_count{_text(labels)} {below}"


class Metrics:
    """All that is counted in one server."""

    def __init__(self) -> None:
        self.counters: Counter[tuple[str, Labels]] = Counter()
        self.histograms: dict[tuple[str, Labels], Histogram] = {}
        self.gauges: dict[tuple[str, Labels], Callable[[], float]] = {}

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """A request has been answered."""
        self.counters["polyclinic_requests_total", (("route", route), ("status", str(status)))] += 1
        self._histogram("polyclinic_request_seconds", (("route", route),), SECONDS).add(seconds)

    def count_batch(self, model: str, verb: str, size: int) -> None:
        """A model has been run on joined requests."""
        self._histogram("polyclinic_batch_size", (("model", model), ("verb", verb)), SIZES).add(size)

    def count_crash(self, model: str) -> None:
        """A worker has died or was ended."""
        self.counters["polyclinic_worker_crashes_total", (("model", model),)] += 1

    def watch_queue(self, model: str, length: Callable[[], float]) -> None:
        """Show how many requests wait for a model."""
        self.gauges["polyclinic_queue_length", (("model", model),)] = length

    def text(self) -> str:
        """Everything, one kind after another."""
        lines = [
            *_block("counter", {key: [_line(*key, value)] for key, value in self.counters.items()}),
            *_block("gauge", {key: [_line(*key, read())] for key, read in self.gauges.items()}),
            *_block("histogram", {key: list(held.lines(*key)) for key, held in self.histograms.items()}),
        ]
        return "\n".join(lines) + "\n"

    def _histogram(self, name: str, labels: Labels, edges: Sequence[float]) -> Histogram:
        return self.histograms.setdefault((name, labels), Histogram(edges))


def _block(kind: str, series: dict[tuple[str, Labels], list[str]]) -> Iterator[str]:
    """Series in order, each name under its type."""
    said = ""
    for name, labels in sorted(series):
        if name != said:
            yield f"# TYPE {name} {kind}"
            said = name
        yield from series[name, labels]


def _line(name: str, labels: Labels, value: float) -> str:
    return f"{name}{_text(labels)} {value:g}"


def _text(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
