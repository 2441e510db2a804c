from __future__ import annotations

import csv
from pathlib import Path

import pytest

from polyclinic.training.meter import LOG_EVERY, SMOOTHING, Meter


def rows(run: Path) -> list[dict[str, str]]:
    with (run / "loss.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def feed(meter: Meter, first: int, last: int) -> None:
    for step in range(first, last + 1):
        meter.add({"loss": float(step), "mask": 2.0 * step}, samples=4, waited_s=0.0)
        meter.log(step=step, stage="all", elapsed_s=0.1 * step, rate=0.5, last=step == last)


def test_lines_are_means_over_their_steps(tmp_path: Path) -> None:
    feed(Meter(tmp_path, 0, writes=True), 1, LOG_EVERY + 2)
    first, last = rows(tmp_path)
    assert (first["step"], float(first["loss"]), first["parts"]) == ("10", 5.5, "mask=11")
    assert (last["step"], float(last["loss"]), last["stage"], last["rate"]) == ("12", 11.5, "all", "0.5")


def test_going_on_drops_what_came_after_the_checkpoint(tmp_path: Path) -> None:
    feed(Meter(tmp_path, 0, writes=True), 1, 30)
    with (tmp_path / "loss.csv").open("a") as file:
        file.write("40,all,0.")  # the line a killed process was writing
    feed(Meter(tmp_path, 20, writes=True), 21, 30)
    assert [row["step"] for row in rows(tmp_path)] == ["10", "20", "30"]


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    feed(Meter(tmp_path, 0, writes=False), 1, 20)
    assert list(tmp_path.iterdir()) == []


def test_smoothing_forgets_parts_that_a_stage_does_not_have(tmp_path: Path) -> None:
    meter = Meter(tmp_path, 0, writes=False)
    meter.add({"loss": 1.0, "mask": 3.0}, 1, 0.0)
    meter.add({"loss": 2.0}, 1, 0.0)
    assert meter.smooth == pytest.approx({"loss": SMOOTHING + 2.0 * (1 - SMOOTHING)})


def test_a_window_without_a_step_writes_no_line(tmp_path: Path) -> None:
    Meter(tmp_path, 0, writes=True).log(step=10, stage="all", elapsed_s=1.0, rate=0.5, last=True)
    assert rows(tmp_path) == []
