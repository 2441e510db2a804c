"""`fit` as a whole, on a system as small as can be."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from polyclinic import registry
from polyclinic.cli import main
from polyclinic.errors import ConfigError, ReadError, TrainingError, UnsupportedError, UsageError
from polyclinic.models import folder_of
from polyclinic.store.collection import Collection
from polyclinic.training import loop
from polyclinic.training.checkpoint import FOLDER, checkpoints
from polyclinic.training.loop import fit
from polyclinic.training.options import Options
from polyclinic.training.stage_run import StageRun

# Trains as `polyclinic fit` does, with checkpoints as often as asked, so that a test can kill it between two.
DRIVER = """
import sys
from pathlib import Path
from polyclinic.store.collection import open_collection
from polyclinic.training.loop import fit
from polyclinic.training.options import Options
system, data, run, steps, *settings = sys.argv[1:]
options = Options(settings=tuple(settings), steps=int(steps), seed=3, checkpoint_s=0.1, workers=0)
outcome = fit(system, open_collection(Path(data)), Path(run), options)
sys.exit(130 if outcome.state == "interrupted" else 0)
"""

GENERALIST = ("batch=4", "speaking_batch=4")


@pytest.fixture(autouse=True)
def _no_loader_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each costs a second to start; the tests that are about them ask for them."""
    monkeypatch.setattr(loop, "derived_workers", lambda cores, samples: 0)


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model.safetensors")


def same(a: Path, b: Path) -> bool:
    one, other = weights(a), weights(b)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def record(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "run.json").read_text())
    return found


def start(toy: Path, system: str, data: Path, run: Path, steps: int, *settings: str) -> subprocess.Popen[str]:
    """A training process of its own."""
    environment = os.environ | {"PYTHONPATH": str(toy), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", DRIVER, system, str(data), str(run), str(steps), *settings]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def wait_for_step(process: subprocess.Popen[str], run: Path, step: int) -> None:
    """Until a checkpoint of that step or a later one is there."""
    limit = time.monotonic() + 60
    while not any(int(path.name.removeprefix("step-")) >= step for path in checkpoints(run)):
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < limit
        time.sleep(0.02)


def kill_and_resume(toy: Path, system: str, data: Path, run: Path, steps: int, *settings: str, at: int) -> None:
    """Kill a run with SIGKILL once a checkpoint of step `at` is there, then let the same command finish it."""
    process = start(toy, system, data, run, steps, *settings)
    wait_for_step(process, run, at)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert record(run)["state"] == "running"
    assert not (run / "model.safetensors").exists()
    again = start(toy, system, data, run, steps, *settings)
    _, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert "going on from step" in said


def test_a_killed_run_ends_with_the_same_bits(toy_installed: Path, numbers: Collection, tmp_path: Path) -> None:
    settings = ("ema=0.9", "accumulate=2", "pause_s=0.01")
    fit("toy", numbers, tmp_path / "whole", Options(settings=settings, steps=48, seed=3, workers=0))
    kill_and_resume(toy_installed, "toy", numbers.root, tmp_path / "killed", 48, *settings, at=20)
    assert record(tmp_path / "killed")["timings"]["sessions"] == 2
    assert same(tmp_path / "whole", tmp_path / "killed")
    assert steps_logged(tmp_path / "whole") == steps_logged(tmp_path / "killed")


@pytest.mark.slow
def test_a_killed_generalist_ends_with_the_same_bits(toy_installed: Path, tmp_path: Path) -> None:
    data = tmp_path / "chest"
    assert main(["phantom", "chest", str(data), "--patients", "30", "--seed", "5"]) == 0
    whole = start(toy_installed, "generalist", data, tmp_path / "whole", 16, *GENERALIST)
    _, said = whole.communicate(timeout=300)
    assert whole.returncode == 0, said
    kill_and_resume(toy_installed, "generalist", data, tmp_path / "killed", 16, *GENERALIST, at=10)
    assert same(tmp_path / "whole", tmp_path / "killed")


@pytest.mark.slow
def test_two_processes_train_one_generalist(toy_installed: Path, tmp_path: Path) -> None:
    data = tmp_path / "chest"
    assert main(["phantom", "chest", str(data), "--patients", "30", "--seed", "5"]) == 0
    together(toy_installed, "generalist", data, tmp_path / "run", 6, *GENERALIST)


def steps_logged(run: Path) -> list[int]:
    with (run / "loss.csv").open(newline="") as file:
        return [int(row["step"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_the_same_command_goes_on(
    number: signal.Signals, numbers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(steps=12, settings=("ema=0.9",))
    fit("toy", numbers, tmp_path / "whole", options)
    update = StageRun.update

    def update_and_signal(self: StageRun, rate: float, loss: float, stage_step: int) -> bool:
        if self.stage.name == "all" and stage_step == 2:
            os.kill(os.getpid(), number)
        return update(self, rate, loss, stage_step)

    run = tmp_path / "stopped"
    with monkeypatch.context() as patched:
        patched.setattr(StageRun, "update", update_and_signal)
        outcome = fit("toy", numbers, run, options)
    assert outcome.state == record(run)["state"] == "interrupted"
    assert checkpoints(run)[-1].name == f"step-{outcome.record['step']:09d}"
    assert outcome.record["step"] in (7, 8)  # the step during which it came, or the next
    assert fit("toy", numbers, run, options).state == "finished"
    assert same(tmp_path / "whole", run)


def test_a_finished_run_is_whole(numbers: Collection, tmp_path: Path) -> None:
    run = tmp_path / "run"
    outcome = fit("toy", numbers, run, Options(steps=45))
    assert outcome.state == "finished"
    assert {path.name for path in run.iterdir()} == {
        ".lock", "README.md", "config.json", "loss.csv", "model.safetensors", "priors.json", "run.json",
    }  # fmt: skip
    assert folder_of(str(run)) == run
    found = record(run)
    assert found == outcome.record
    assert found["system"] == "toy"
    assert found["config"]["width"] == 16
    assert found["derived"] == {"width": 16}
    assert found["studies"] == {"test": 11, "train": 84, "val": 5}
    assert found["samples"] == 84
    assert found["step"] == 45
    assert found["curve"][-1][0] == 45
    assert len(found["rank_checksums"]) == 1
    assert "not a medical device" in (run / "README.md").read_text()
    assert found["losses"]["loss"] < found["curve"][0][1]
    assert found["losses"]["half"] == pytest.approx(found["losses"]["loss"] / 2, rel=1e-4)


def test_the_same_command_on_a_finished_run_does_nothing(numbers: Collection, tmp_path: Path) -> None:
    fit("toy", numbers, tmp_path, Options(steps=3))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir() if path.name != ".lock"}
    assert fit("toy", numbers, tmp_path, Options(steps=3)).state == "already finished"
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir() if path.name != ".lock"} == before


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (Options(steps=3, seed=1), "another seed"),
        (Options(steps=4), "another budget"),
        (Options(steps=3, settings=("width=8",)), "another config .*width was 16, is 8"),
        (Options(steps=3, split="val"), "another split"),
    ],
)
def test_another_command_on_a_run_is_refused(changed: Options, said: str, numbers: Collection, tmp_path: Path) -> None:
    fit("toy", numbers, tmp_path, Options(steps=3))
    with pytest.raises(UsageError, match=said):
        fit("toy", numbers, tmp_path, changed)


def test_other_data_on_a_run_are_refused(numbers: Collection, tmp_path: Path) -> None:
    fit("toy", numbers, tmp_path / "run", Options(steps=3))
    fewer = dataclasses.replace(numbers, root=tmp_path, studies=numbers.studies[:50])
    with pytest.raises(UsageError, match=r"another checksum .DATA"):
        fit("toy", fewer, tmp_path / "run", Options(steps=3))


def test_a_seed_is_a_run(numbers: Collection, tmp_path: Path) -> None:
    for name, seed, workers in (("a", 1, 0), ("b", 1, 1), ("c", 2, 0)):
        fit("toy", numbers, tmp_path / name, Options(steps=6, seed=seed, workers=workers))
    assert same(tmp_path / "a", tmp_path / "b")
    assert not same(tmp_path / "a", tmp_path / "c")


def test_a_stage_trains_only_what_it_names(
    numbers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    fresh = torch.nn.Linear(2, 16).weight  # the first that the toy makes
    fit("toy", numbers, tmp_path / "both", Options(steps=9))
    assert not torch.equal(weights(tmp_path / "both")["body.0.weight"], fresh)
    toy = registry.load("toy")
    first = toy.stages(toy.Config())[:1]
    monkeypatch.setattr(toy, "stages", lambda config: first)
    fit("toy", numbers, tmp_path / "first", Options(steps=9))
    assert torch.equal(weights(tmp_path / "first")["body.0.weight"], fresh)


def test_a_stage_begins_once_however_often_its_run_is_taken_up(
    numbers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy, began, update = registry.load("toy"), list[str](), StageRun.update
    plain = toy.stages(toy.Config())
    hooked = [dataclasses.replace(s, begin=lambda model, name=s.name: began.append(name)) for s in plain]
    monkeypatch.setattr(toy, "stages", lambda config: hooked)

    def update_and_signal(self: StageRun, rate: float, loss: float, stage_step: int) -> bool:
        if self.stage.name == "all" and stage_step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return update(self, rate, loss, stage_step)

    with monkeypatch.context() as patched:
        patched.setattr(StageRun, "update", update_and_signal)
        assert fit("toy", numbers, tmp_path, Options(steps=12)).state == "interrupted"
    assert fit("toy", numbers, tmp_path, Options(steps=12)).state == "finished"
    assert began == ["head", "all"]


def test_the_stream_of_samples_runs_on_across_stages(
    numbers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    toy = registry.load("toy")
    sample = toy.ToyView.sample

    def noted(self: Any, index: int, rng: Any) -> Any:
        seen.append(index)
        return sample(self, index, rng)

    monkeypatch.setattr(toy.ToyView, "sample", noted)
    fit("toy", numbers, tmp_path, Options(steps=12, workers=0))  # 4 steps and 8 steps of 8 samples
    assert len(seen) == 96
    assert sorted(seen[:84]) == list(range(84))


def test_averaged_weights_are_what_is_saved(numbers: Collection, tmp_path: Path) -> None:
    fit("toy", numbers, tmp_path / "raw", Options(steps=9))
    fit("toy", numbers, tmp_path / "mean", Options(steps=9, settings=("ema=0.99",)))
    assert not same(tmp_path / "raw", tmp_path / "mean")


def test_minutes_end_a_run(numbers: Collection, tmp_path: Path) -> None:
    outcome = fit("toy", numbers, tmp_path, Options(minutes=0.04, settings=("pause_s=0.01",)))
    assert outcome.state == "finished"
    assert 2.4 <= outcome.record["timings"]["training_s"] < 9
    assert outcome.record["budget"] == {"steps": None, "seconds": 2.4}
    with (tmp_path / "loss.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["stage"] for row in rows} == {"head", "all"}
    assert float(rows[-1]["rate"]) < 0.01


def test_starting_from_another_model(numbers: Collection, tmp_path: Path) -> None:
    fit("toy", numbers, tmp_path / "first", Options(steps=30))
    fit(
        "toy",
        numbers,
        tmp_path / "second",
        Options(steps=1, settings=("learning_rate=0",), start_from=str(tmp_path / "first")),
    )
    assert torch.equal(weights(tmp_path / "first")["head.weight"], weights(tmp_path / "second")["head.weight"])


def test_a_system_that_cannot_start_from_another(
    numbers: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(registry.load("toy").Model, "load_compatible")
    with pytest.raises(UnsupportedError, match="cannot start from another"):
        fit("toy", numbers, tmp_path / "run", Options(start_from="x"))


def test_a_loss_that_is_not_finite_stops_in_time(numbers: Collection, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="21 steps, up to step 25") as caught:
        fit("toy", numbers, tmp_path, Options(settings=("break_from=5",)))
    assert "learning_rate" in str(caught.value.hint)
    assert record(tmp_path)["state"] == "interrupted"


def test_a_few_steps_that_are_not_finite_are_skipped(numbers: Collection, tmp_path: Path) -> None:
    outcome = fit("toy", numbers, tmp_path, Options(steps=15, settings=("break_from=5",)))
    assert outcome.state == "finished"
    assert outcome.record["skipped_steps"] == 10
    assert all(torch.isfinite(value).all() for value in weights(tmp_path).values() if value.ndim == 2)


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_in_the_data_is_told_as_it_is(workers: int, numbers: Collection, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"scan.png is truncated"):
        fit("toy", numbers, tmp_path, Options(settings=("fail=read",), workers=workers))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (Options(preset="nono"), UsageError, "no preset"),
        (Options(settings=("widht=8",)), ConfigError, "'widht'"),
        (Options(split="nothing"), UsageError, "no study in split"),
        (Options(settings=("steps=0",)), TrainingError, "at least one step"),
        (Options(start_from="nowhere"), UsageError, "no model"),
    ],
)
def test_wrong_calls(options: Options, error: type[Exception], said: str, numbers: Collection, tmp_path: Path) -> None:
    with pytest.raises(error, match=said):
        fit("toy", numbers, tmp_path, options)


def test_folders_that_are_no_run_are_left_alone(numbers: Collection, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(UsageError, match="not empty and no run"):
        fit("toy", numbers, tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        fit("toy", numbers, tmp_path / "thesis.txt")


def test_a_run_that_died_while_it_was_built_is_built_again(numbers: Collection, tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    (tmp_path / FOLDER / "start.part").mkdir(parents=True)
    assert fit("toy", numbers, tmp_path, Options(steps=3)).state == "finished"


def together(toy: Path, system: str, data: Path, run: Path, steps: int, *settings: str) -> str:
    """Train in two processes under torchrun; what they said, once their weights are known to be the same."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "--no-python", sys.executable, "-c", DRIVER]
    command += [system, str(data), str(run), str(steps), *settings]
    environment = os.environ | {"PYTHONPATH": str(toy), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found = record(run)
    assert found["processes"] == 2
    assert len(found["rank_checksums"]) == 2
    assert len(set(found["rank_checksums"])) == 1
    return done.stderr


def test_two_processes_end_with_the_same_weights(toy_installed: Path, numbers: Collection, tmp_path: Path) -> None:
    said = together(toy_installed, "toy", numbers.root, tmp_path, 30)
    assert said.count("step 30  100 %") == 1
