"""The folders of runs and what is found in them by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import UnsupportedError, UsageError
from polyclinic.serving.workbench.shelf import Shelf


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name in ("card", "run", "run/assessment", "half", "a/b/c/d"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    for file in ("card/scores.json", "run/assessment/scores.json", "run/model.safetensors", "run/config.json"):
        (tmp_path / "runs" / file).write_text("{}")
    (tmp_path / "runs/half/model.safetensors").write_text("")
    (tmp_path / "runs/a/b/c/d/scores.json").write_text("{}")
    (tmp_path / "scores.json").write_text("{}")
    return tmp_path / "runs"


def test_assessments_and_finished_models_are_found(runs: Path) -> None:
    shelf = Shelf(runs)
    assert list(shelf.assessments()) == ["card", "run/assessment"], "what lies too deep is left alone"
    assert list(shelf.models()) == ["run"], "a run without its config is not finished"
    assert shelf.assessment("run/assessment") == runs / "run/assessment"


@pytest.mark.parametrize("name", ["..", "../runs/card", "/etc", "", "card/../card"])
def test_a_name_is_never_a_path(runs: Path, name: str) -> None:
    with pytest.raises(UsageError):
        Shelf(runs).assessment(name)
    with pytest.raises(UsageError):
        Shelf(runs).place(name)


def test_without_folders_there_is_nothing(tmp_path: Path) -> None:
    assert Shelf().assessments() == Shelf().models() == Shelf(tmp_path / "none").assessments() == {}
    with pytest.raises(UnsupportedError, match="no folder for runs"):
        Shelf().place("name")
