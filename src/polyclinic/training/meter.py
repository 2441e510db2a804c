"""What a run measures of itself: `loss.csv`, smoothed losses, speed, and the time spent waiting for data."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from pathlib import Path

from polyclinic.training.record import LOSSES

LOG_EVERY = 10
SMOOTHING = 0.95
COLUMNS = ("step", "stage", "elapsed_s", "rate", "loss", "parts", "samples_per_s", "wait")


class Meter:
    """Takes in every step; writes a line of `loss.csv` every few steps.

    Args:
        step: optimiser steps done before; later lines are dropped.
        writes: whether this process keeps the file.
    """

    def __init__(self, run: Path, step: int, *, writes: bool) -> None:
        self._path = run / LOSSES if writes else None
        self.smooth: dict[str, float] = {}
        self.samples_per_s = 0.0
        self.wait = 0.0
        self._window: list[Mapping[str, float]] = []
        self._samples, self._waited_s = 0, 0.0
        self._since, self._logged = time.perf_counter(), False
        if self._path is not None:
            _rewrite(self._path, step)

    def add(self, losses: Mapping[str, float], samples: int, waited_s: float) -> None:
        """Take in one step.

        Args:
            samples: that the step learned from, over all processes.
            waited_s: for data, since the stage began.
        """
        for name, value in losses.items():
            self.smooth[name] = SMOOTHING * self.smooth.get(name, value) + (1 - SMOOTHING) * value
        self.smooth = {name: self.smooth[name] for name in losses}
        self._window.append(losses)
        self._samples += samples
        self._waited_s += waited_s
        if not self._logged:
            self._measure()

    def log(self, *, step: int, stage: str, elapsed_s: float, rate: float, last: bool) -> None:
        """Write a line if it is time for one, or if this is the last step."""
        if not self._window or not (last or step % LOG_EVERY == 0):
            return
        self._measure()
        names = self._window[-1].keys()
        means = {name: sum(seen.get(name, 0.0) for seen in self._window) / len(self._window) for name in names}
        if self._path is not None:
            parts = " ".join(f"{name}={value:.6g}" for name, value in means.items() if name != "loss")
            row = (step, stage, f"{elapsed_s:.3f}", f"{rate:.6g}", f"{means['loss']:.6g}", parts)
            speed = (f"{self.samples_per_s:.1f}", f"{self.wait:.3f}")
            with self._path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow((*row, *speed))
        self._window, self._samples, self._waited_s = [], 0, 0.0
        self._since, self._logged = time.perf_counter(), True

    def _measure(self) -> None:
        took = max(time.perf_counter() - self._since, 1e-9)
        self.samples_per_s, self.wait = self._samples / took, min(1.0, self._waited_s / took)


def _rewrite(path: Path, step: int) -> None:
    """Keep the header and the lines up to `step`."""
    kept: list[list[str]] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            kept = [row for row in list(csv.reader(file))[1:] if len(row) == len(COLUMNS) and int(row[0]) <= step]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *kept])
