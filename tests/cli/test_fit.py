from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from polyclinic import registry
from polyclinic.cli import main
from polyclinic.store.collection import Header, write_collection
from polyclinic.study import Study

TOY = Path(__file__).parents[1] / "training" / "toy"


@pytest.fixture(autouse=True)
def toy_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(TOY))
    registry.systems.cache_clear()
    yield
    registry.systems.cache_clear()


@pytest.fixture
def data(tmp_path: Path) -> str:
    studies = [Study(f"s{i}", f"p{i}", labels={"a": i / 20, "b": i / 10}) for i in range(20)]
    write_collection(tmp_path / "data", Header("numbers"), studies)
    return str(tmp_path / "data")


def test_train_then_nothing_left_to_do(data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["fit", "toy", data, "--out", str(tmp_path / "run"), "--steps", "4", "--set", "width=8", "--set", "batch=4"]
    assert main([*call, "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (found["state"], found["step"]) == ("finished", 4)
    assert "step 4  100 %" in err
    assert json.loads((tmp_path / "run" / "run.json").read_text())["config"]["width"] == 8
    assert main(call) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "already finished (4 steps)" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "widht=8"], "did you mean width?"),
        (["--set", "width=wide"], "width: expected a whole number, got 'wide'"),
        (["--set", "shuffle=perhaps"], "expected true or false"),
        (["--set", "width"], "expected key=value"),
        (["--preset", "huge"], "presets: nano, wide"),
        (["--steps", "0"], "positive budget"),
        (["--split", "tets"], "no study in split 'tets'"),
        (["--from", "nowhere"], "no model 'nowhere'"),
    ],
)
def test_wrong_calls(
    words: list[str], said: str, data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", "toy", data, "--out", str(tmp_path / "run"), *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_a_seed_is_a_natural_number(data: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fit", "toy", data, "--out", str(tmp_path / "run"), "--seed", "-1"])


def test_failed_work_is_status_1(data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["fit", "toy", data, "--out", str(tmp_path / "run"), "--set", "fail=value"]
    assert main(call) == 1
    assert "ValueError: no such thing" in capsys.readouterr().err


def test_an_empty_folder_is_no_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["fit", "toy", str(tmp_path / "empty"), "--out", str(tmp_path / "run")]) == 1
    assert "error: " in capsys.readouterr().err
