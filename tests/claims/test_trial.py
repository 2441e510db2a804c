"""A trial: arms of one seed have the same patients and steps, seeds have other ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from polyclinic import registry
from polyclinic.claims.trial import SystemTrial, measure
from polyclinic.errors import TrainingError, UsageError
from polyclinic.training.options import Options


def ids(trial: SystemTrial, **more: object) -> set[str]:
    return {study.subject for study in trial.patients("chest", 2, **more)}


def test_arms_of_a_seed_meet_the_same_studies() -> None:
    one, other = SystemTrial("template", 2, 3), SystemTrial("template", 2, 3)
    assert one.patients("chest", 2) is other.patients("chest", 2)


def test_seeds_and_parts_share_nobody() -> None:
    first, second = SystemTrial("template", 2, 0), SystemTrial("template", 2, 1)
    worlds = [ids(first), ids(first, held_out=True), ids(second), ids(second, held_out=True)]
    assert len(set.union(*worlds)) == sum(map(len, worlds))


def test_dials_are_turned() -> None:
    trial = SystemTrial("template", 2, 0)
    assert trial.patients("chest", 1, size=32)[0].images[0].pixels.shape == (1, 32, 32)
    with pytest.raises(UsageError, match="dial that phantoms do not have: colour"):
        trial.patients("chest", 1, colour=1)
    with pytest.raises(UsageError, match="at least one patient, got 0"):
        trial.patients("chest", 0)


def test_it_trains_as_many_steps_as_the_claim_says(entry: registry.Entry) -> None:
    runs = []
    for arm in entry.claim.arms:
        trial = SystemTrial("template", 2, 0)
        model = trial.fit(arm, trial.patients("chest", 4))
        assert model.config == registry.load("template").PRESETS[arm]
        assert not model.training
        runs += trial.runs
    assert [run.preset for run in runs] == ["nano", "no-mirror"]
    alike = {(run.steps, run.samples, run.checksum, run.parameters) for run in runs}
    assert len(alike) == 1
    assert runs[0].steps == 2


def test_a_trial_repeats(entry: registry.Entry) -> None:
    weights = []
    for _ in range(2):
        trial = SystemTrial("template", 2, 1)
        weights.append(trial.fit("nano", trial.patients("chest", 4)).head.weight.detach().numpy())
    np.testing.assert_array_equal(*weights)


def test_a_claim_without_steps_trains_nothing(entry: registry.Entry) -> None:
    trial = SystemTrial("template", 0, 0)
    with pytest.raises(TrainingError, match="names no steps to train for"):
        trial.fit("nano", trial.patients("chest", 1))


def test_a_stopped_training_stops_the_trial(entry: registry.Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    from polyclinic.training.options import Outcome

    monkeypatch.setattr("polyclinic.training.loop.fit", lambda _, __, run, ___: Outcome("interrupted", run, {}))
    trial = SystemTrial("template", 2, 0)
    with pytest.raises(KeyboardInterrupt):
        trial.fit("nano", trial.patients("chest", 1))


def test_measuring_is_seeded_and_leaves_no_trace() -> None:
    before = torch.random.get_rng_state()
    drawn = [measure(lambda arm, trial: torch.rand(()).item(), "a", SystemTrial("t", 1, seed)) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan")])
def test_no_number_is_none(value: float) -> None:
    assert measure(lambda arm, trial: value, "a", SystemTrial("t", 1, 0)) is None


def test_a_claim_that_gives_no_number_is_told() -> None:
    with pytest.raises(TrainingError, match="the claim of t gave no number but a NoneType"):
        measure(lambda arm, trial: None, "a", SystemTrial("t", 1, 0))


def test_a_fit_may_start_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the weights of a model, which are there while it trains, and else from none."""
    from polyclinic.training import loop

    starts: list[str | None] = []

    def fake(system: str, collection: object, run: Path, options: Options) -> None:
        starts.append(options.start_from and (Path(options.start_from) / "weights").read_text())
        raise TrainingError("far enough")

    class Started:
        def save_pretrained(self, folder: Path) -> None:
            folder.mkdir()
            (folder / "weights").write_text("those of another")

    monkeypatch.setattr(loop, "fit", fake)
    trial = SystemTrial("template", 2, 0)
    for start in (None, Started()):
        with pytest.raises(TrainingError, match="far enough"):
            trial.fit("nano", [], start=start)
    assert starts == [None, "those of another"]
