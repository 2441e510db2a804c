"""Proving: every arm with every seed, kept on the way, stored at the end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from polyclinic import registry
from polyclinic.claims import prove as proving
from polyclinic.claims.ledger import read_proof
from polyclinic.claims.prove import claimed, prove
from polyclinic.errors import CheckpointError, TrainingError, UsageError
from polyclinic.systems import _template

Calls = list[tuple[str, int]]


@pytest.fixture(autouse=True)
def _known_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyclinic.training.record.commit", lambda: "abc")


def silent(text: str) -> None:
    pass


def stop_at(count: int, scored: Calls, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]) -> None:
    """After so many scores the next one ends otherwise."""
    go_on = _template.claim

    def claim(arm: str, trial: object) -> float:
        if len(scored) == count:
            raise error("no more")
        return go_on(arm, trial)

    monkeypatch.setattr(_template, "claim", claim)


def test_a_proof_is_measured_and_stored(scored: Calls, tmp_path: Path) -> None:
    told: list[str] = []
    proof = prove("template", tmp_path / "ledger", seeds=2, seed=4, note=told.append)
    assert scored == [("nano", 4), ("no-mirror", 4), ("nano", 5), ("no-mirror", 5)]
    assert proof.arms == {"nano": (0.74, 0.75), "no-mirror": (0.54, 0.55)}
    assert (proof.difference, proof.low, proof.high) == pytest.approx((0.2, 0.2, 0.2))
    assert (proof.verdict, proof.seeds, proof.commit, proof.interrupted) == ("holds", (4, 5), "abc", False)
    assert {"python", "torch"} <= proof.versions.keys()
    assert read_proof(tmp_path / "ledger" / "template.json") == proof
    assert [path.name for path in (tmp_path / "ledger").iterdir()] == ["template.json"]
    assert [line.rsplit("  ", 1)[0] for line in told][:2] == [
        "template  nano  seed 4  0.7400",
        "template  no-mirror  seed 4  0.5400",
    ]


def test_ctrl_c_keeps_what_is_done_and_the_same_call_goes_on(
    scored: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        stop_at(3, scored, patched, KeyboardInterrupt)
        proof = prove("template", tmp_path, seeds=2, note=silent)
    assert (proof.seeds, proof.interrupted, proof.verdict) == ((0,), True, "unclear")
    assert proof.arms == {"nano": (0.7,), "no-mirror": (0.5,)}
    assert not (tmp_path / "template.json").exists(), "an interrupted proof takes no place in the ledger"
    whole = prove("template", tmp_path, seeds=2, note=silent)
    assert scored == [("nano", 0), ("no-mirror", 0), ("nano", 1), ("no-mirror", 1)]
    assert whole.seeds == (0, 1)


BESIDE = """
from polyclinic.cards import Card, Claim

CARD = Card(id="beside", title="A system", verbs=("classify",), kinds=("toy",), year=2026, checked="shape")
CLAIM = Claim(says="It helps.", metric="score", direction="higher", smallest=0.1, arms=("a", "b"), steps=1)


def claim(arm, trial):
    import torch

    assert torch.get_num_threads() == 1
    if trial.seed == 9:
        raise KeyboardInterrupt
    return (0.7 if arm == "a" else 0.5) + trial.seed / 100
"""


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system that another package brings, so that other processes find it too."""
    entry = tmp_path / "site" / "beside-1.0.dist-info"
    entry.mkdir(parents=True)
    (entry / "METADATA").write_text("Metadata-Version: 2.1\nName: beside\nVersion: 1.0\n")
    (entry / "entry_points.txt").write_text("[polyclinic.systems]\nbeside = beside_system\n")
    (tmp_path / "site" / "beside_system.py").write_text(BESIDE)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    registry.systems.cache_clear()
    yield
    registry.systems.cache_clear()


def test_arms_and_seeds_are_measured_side_by_side(beside: None, tmp_path: Path) -> None:
    proof = prove("beside", tmp_path / "ledger", seeds=2, workers=2, note=silent)
    assert proof.arms == {"a": (0.7, 0.71), "b": (0.5, 0.51)}
    assert proof.verdict == "holds"


def test_ctrl_c_in_a_process_keeps_what_is_done(beside: None, tmp_path: Path) -> None:
    proof = prove("beside", tmp_path / "ledger", seeds=2, seed=8, workers=2, note=silent)
    assert proof.interrupted
    assert (tmp_path / "ledger" / "beside.part").exists()


ENDLESS = """
import os, sys, time
from pathlib import Path

from polyclinic.claims import prove


def wait(folder):
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)


if __name__ == "__main__":
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, get_context("spawn"), prove._worker) as pool:
        pool.submit(wait, sys.argv[1]).result()
"""


def test_a_process_ends_with_who_asked(tmp_path: Path) -> None:
    script, marks = tmp_path / "endless.py", tmp_path / "marks"
    script.write_text(ENDLESS)
    marks.mkdir()
    asking = subprocess.Popen([sys.executable, str(script), str(marks)])
    (pid,) = until(lambda: [int(mark.name) for mark in marks.iterdir()])
    asking.kill()
    asking.wait()
    assert until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def until(found: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What is found in the end; nothing where it takes too long."""
    end = time.monotonic() + seconds
    while not (what := found()) and time.monotonic() < end:
        time.sleep(0.05)
    return what


@pytest.mark.parametrize("commit", ["abd", "abc (changed)", None])
def test_it_begins_anew_where_something_may_have_changed(
    commit: str | None, scored: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("polyclinic.training.record.commit", lambda: "abc" if commit == "abd" else commit)
        stop_at(1, scored, patched, KeyboardInterrupt)
        prove("template", tmp_path, seeds=1, note=silent)
    monkeypatch.setattr("polyclinic.training.record.commit", lambda: commit)
    prove("template", tmp_path, seeds=1, note=silent)
    assert scored == [("nano", 0), ("nano", 0), ("no-mirror", 0)]


@pytest.mark.parametrize("text", ["", "[]", '{"done": {"nano 0": 1}}', "[" * 100_000])
def test_a_damaged_remainder_is_no_remainder(text: str, scored: Calls, tmp_path: Path) -> None:
    (tmp_path / "template.part").write_text(text)
    prove("template", tmp_path, seeds=1, note=silent)
    assert len(scored) == 2


def test_no_number_makes_it_unclear(scored: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = _template.claim
    broken = ("nano", 2)
    monkeypatch.setattr(
        _template, "claim", lambda arm, trial: float("nan") if (arm, trial.seed) == broken else go_on(arm, trial)
    )
    proof = prove("template", tmp_path, seeds=3, note=silent)
    assert proof.arms["nano"][2] is None
    assert (proof.verdict, proof.difference) == ("unclear", pytest.approx(0.2))
    assert json.loads((tmp_path / "template.json").read_text())["arms"]["nano"][2] is None


def test_an_error_is_not_an_interruption(scored: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_at(1, scored, monkeypatch, TrainingError)
    with pytest.raises(TrainingError, match="no more"):
        prove("template", tmp_path, note=silent)


def test_wrong_calls(scored: Calls, tmp_path: Path) -> None:
    for seeds, seed in [(0, 0), (1, -1)]:
        with pytest.raises(UsageError, match="one seed or more, from 0 on"):
            prove("template", tmp_path, seeds=seeds, seed=seed, note=silent)
    with pytest.raises(UsageError, match="one worker or more"):
        prove("template", tmp_path, workers=0, note=silent)
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot write"):
        prove("template", tmp_path / "file", note=silent)


def test_a_system_without_a_claim_is_told(
    entry: registry.Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    assert claimed() == ["template"]
    bare = dataclasses.replace(entry, claim=None)
    monkeypatch.setattr(registry, "systems", lambda: {"bare": bare, "template": entry})
    with pytest.raises(UsageError, match="bare makes no claim") as caught:
        prove("bare", tmp_path, note=silent)
    assert caught.value.hint == "those that do: template"


def test_it_is_unmeasured_arms_that_are_left(entry: registry.Entry, tmp_path: Path) -> None:
    work = proving.Work.of("template", tmp_path, range(2))
    work.add("nano", 0, proving.Score(0.5, 1.0))
    assert list(work.left()) == [("no-mirror", 0), ("nano", 1), ("no-mirror", 1)]
    assert work.proof().seeds == ()
