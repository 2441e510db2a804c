"""Jobs that outlive whoever started them, known by what lies on the disk."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import ReadError, UsageError
from polyclinic.serving.workbench.fits import FILE, JOBS, Jobs, done_share, progress
from polyclinic.serving.workbench.shelf import Shelf

HEAD = "step,stage,elapsed_s,rate,loss,parts,samples_per_s,wait\n"
# Stands in for a training: writes its files, then works until Ctrl-C, or ends at once where it is told to.
TRAINS = """
import json, pathlib, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # as a training does, whatever it inherited
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
out.mkdir(parents=True, exist_ok=True)
record = {"system": "generalist", "budget": {"steps": 40, "seconds": None}, "state": "training"}
(out / "run.json").write_text(json.dumps(record))
head = "step,stage,elapsed_s,rate,loss,parts,samples_per_s,wait\\n"
(out / "loss.csv").write_text(head + "10,look,5.0,0.1,2.5,,8.0,0.25\\n")
print("begun", flush=True)
if "--break" in sys.argv:
    raise SystemExit("error: no usable studies")
try:
    while "--end" not in sys.argv:
        time.sleep(0.02)
except KeyboardInterrupt:
    raise SystemExit(130)
(out / "run.json").write_text(json.dumps(record | {"state": "finished"}))
"""
PYTHON = (sys.executable, "-c", TRAINS)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "runs")
    yield made
    for job in Jobs(made).list():
        if job["state"] in ("running", "stopping"):
            os.kill(pid_of(made, job["name"]), signal.SIGKILL)
    for thread in threading.enumerate():
        if thread.name.startswith("job "):
            thread.join(5)


def pid_of(shelf: Shelf, name: str) -> int:
    return int(json.loads((shelf.root / JOBS / name / FILE).read_text())["pid"])


def words(shelf: Shelf, *more: str, name: str = "one") -> tuple[str, ...]:
    return ("fit", "generalist", "data", "--out", str(shelf.root / name), *more, "--json")


def until(holds: Callable[[], Any]) -> Any:
    for _ in range(500):
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")


def only(jobs: Jobs) -> dict[str, Any]:
    (job,) = jobs.list()
    return job


def test_a_job_tells_how_far_it_is_and_goes_on_after_it_was_stopped(shelf: Shelf) -> None:
    jobs = Jobs(shelf, PYTHON)
    assert jobs.start("one", "fit", words(shelf))["state"] == "running"
    job = until(lambda: only(jobs) if "step" in only(jobs) else None)
    assert (job["step"], job["loss"], job["share"], job["left_s"]) == (10, 2.5, 0.25, 15.0)
    assert (job["samples_per_s"], job["data_wait"], job["curve"]) == (8.0, 0.25, [[10, 2.5]])
    assert job["command"].startswith("polyclinic fit generalist data --out ")
    assert jobs.stop("one")["state"] in ("stopping", "stopped")
    until(lambda: only(jobs)["state"] == "stopped")
    assert jobs.resume("one")["state"] == "running"


@pytest.mark.parametrize(
    "stored",
    [
        ("phantom", "chest", "elsewhere"),
        ("fit", "generalist", "data", "--out", "/elsewhere", "--json"),
        ("fit", "generalist", "data", "--out", "OUT", "--from", "elsewhere", "--json"),
        ("fit", "--help", "data", "--out", "OUT", "--json"),
        ("fit",),
    ],
)
def test_a_folder_from_elsewhere_starts_nothing_of_its_own(shelf: Shelf, stored: tuple[str, ...]) -> None:
    jobs = Jobs(shelf, PYTHON)
    jobs.start("one", "fit", words(shelf, "--break", "now"))
    until(lambda: only(jobs)["state"] == "failed")
    file = shelf.root / JOBS / "one" / FILE
    held = [str(shelf.root / "one") if word == "OUT" else word for word in stored]
    file.write_text(json.dumps(json.loads(file.read_text()) | {"words": held}))
    with pytest.raises(ReadError, match="another command"):
        jobs.resume("one")


def test_another_server_finds_the_job_and_stops_it(shelf: Shelf) -> None:
    first = Jobs(shelf, PYTHON)
    first.start("one", "fit", words(shelf))
    until(lambda: "step" in only(first))
    second = Jobs(shelf, PYTHON)
    assert only(second)["state"] == "running"
    second.stop("one")
    until(lambda: only(second)["state"] == "stopped")


def test_a_job_is_in_a_session_of_its_own(shelf: Shelf) -> None:
    jobs = Jobs(shelf, PYTHON)
    jobs.start("one", "fit", words(shelf))
    assert os.getsid(pid_of(shelf, "one")) != os.getsid(0), "Ctrl-C at the server does not reach it"


def test_a_number_that_another_process_has_now_is_not_the_job(shelf: Shelf) -> None:
    jobs = Jobs(shelf, PYTHON)
    jobs.start("one", "fit", words(shelf, "--end"))
    until(lambda: only(jobs)["state"] == "finished")
    job = dataclasses.replace(jobs._read("one"), pid=os.getpid())
    assert not job.alive


def test_what_ended_says_how(shelf: Shelf) -> None:
    jobs = Jobs(shelf, PYTHON)
    jobs.start("good", "fit", words(shelf, "--end", name="good"))
    jobs.start("bad", "fit", words(shelf, "--break", name="bad"))
    until(lambda: {job["state"] for job in jobs.list()} == {"finished", "failed"})
    by_name = {job["name"]: job for job in jobs.list()}
    assert "no usable studies" in by_name["bad"]["says"]
    assert by_name["good"]["left_s"] == 0.0
    with pytest.raises(UsageError, match="is finished"):
        jobs.resume("good")
    with pytest.raises(UsageError, match="is not running"):
        jobs.stop("good")
    with pytest.raises(UsageError, match="no job"):
        jobs.stop("none")


def test_names_are_plain_and_taken_once(shelf: Shelf) -> None:
    jobs = Jobs(shelf, PYTHON)
    jobs.start("one", "fit", words(shelf, "--end"))
    for name in ("one", "../two", "/tmp/x", "A b", ".jobs", ""):
        with pytest.raises(UsageError):
            jobs.start(name, "fit", words(shelf))


def test_a_line_that_is_still_being_written_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "loss.csv").write_text(HEAD + "10,look,5.0,0.1,2.5,,8.0,0.25\n20,look,9")
    told = progress(tmp_path)
    assert told["step"] == 10
    assert "share" not in told, "no record, so no budget"
    (tmp_path / "run.json").write_text('{"budget": {"steps": null, "seconds": 20.0}}')
    assert (progress(tmp_path)["share"], progress(tmp_path)["left_s"]) == (0.25, 15.0)


def test_an_empty_folder_tells_nothing(tmp_path: Path) -> None:
    assert progress(tmp_path) == {"curve": []}


@given(st.integers(1, 1000), st.integers(0, 2000))
def test_a_share_is_between_none_and_all(steps: int, step: int) -> None:
    share = done_share({"steps": steps}, step, 0.0)
    assert share is not None
    assert 0 <= share <= 1
    assert done_share({}, step, 1.0) is None
