"""`polyclinic prove`: what it prints, where it stores, and how it ends."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from polyclinic import registry
from polyclinic.cli import main
from polyclinic.errors import TrainingError
from polyclinic.systems import _template


@pytest.fixture(autouse=True)
def _scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two systems with claims that take no training, and one that makes none."""
    entry = registry._read(Path(_template.__file__), "polyclinic.systems._template")
    known = {
        name: dataclasses.replace(entry, card=dataclasses.replace(entry.card, id=name))
        for name in ("template", "second")
    }
    monkeypatch.setattr(registry, "systems", lambda: {**known, "bare": dataclasses.replace(entry, claim=None)})
    monkeypatch.setattr(_template, "claim", lambda arm, trial: 0.75 if arm == "nano" else 0.5)
    monkeypatch.setattr("polyclinic.training.record.cores", lambda: 1)  # other processes would not know them


def test_json_is_a_list_with_what_is_promised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "template", "--seeds", "2", "--seed", "3", "--json", "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    (found,) = json.loads(out)
    assert {"id", "metric", "arms", "difference", "low", "high", "verdict", "seconds", "commit"} <= found.keys()
    assert (found["id"], found["verdict"], found["seeds"]) == ("template", "holds", [3, 4])
    assert found["arms"] == {"nano": [0.75, 0.75], "no-mirror": [0.5, 0.5]}
    assert json.loads((tmp_path / "template.json").read_text()) == found
    assert len(err.splitlines()) == 4
    assert err.startswith("template  nano  seed 3  0.7500")


def test_people_read_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "template", "--seeds", "2", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "seed 0  seed 1" in out
    assert "no-mirror" in out
    assert "difference 0.2500 (95 % interval 0.2500 to 0.2500)" in out
    assert "verdict    holds" in out


def test_all_are_those_with_a_claim(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--all", "--seeds", "1", "--json", "--out", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(proof["id"], proof["verdict"]) for proof in found] == [("template", "unclear"), ("second", "unclear")]


def test_a_failing_claim_is_a_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_template, "claim", lambda arm, trial: 0.5 if arm == "nano" else 0.75)
    assert main(["prove", "template", "--json", "--out", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["verdict"] == "fails"


def test_one_that_cannot_be_run_does_not_stop_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def claim(arm: str, trial: object) -> float:
        if trial.system == "template":
            raise TrainingError("nothing to train on")
        return 0.5

    monkeypatch.setattr(_template, "claim", claim)
    assert main(["prove", "--all", "--seeds", "1", "--json", "--out", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert [proof["id"] for proof in json.loads(out)] == ["second"]
    assert "error: template: nothing to train on" in err
    assert main(["prove", "template", "--out", str(tmp_path)]) == 1


def test_ctrl_c_tells_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def claim(arm: str, trial: object) -> float:
        if trial.seed == 2:
            raise KeyboardInterrupt
        return 0.75 if arm == "nano" else 0.5

    monkeypatch.setattr(_template, "claim", claim)
    assert main(["prove", "template", "second", "--seeds", "3", "--json", "--out", str(tmp_path)]) == 130
    out, err = capsys.readouterr()
    (found,) = json.loads(out)
    assert (found["seeds"], found["asked"], found["verdict"]) == ([0, 1], 3, "unclear")
    assert "the same command goes on from there" in err
    assert not (tmp_path / "template.json").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected either systems or --all"),
        (["template", "--all"], "expected either systems or --all"),
        (["bare"], "bare makes no claim"),
        (["template", "bare"], "bare makes no claim"),
        (["nobody"], "no system is named 'nobody'"),
        (["template", "--seeds", "0"], "expected one seed or more"),
    ],
)
def test_wrong_calls_run_nothing(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", *words, "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_results_go_to_the_checkout_or_where_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("polyclinic.cli.prove.CHECKOUT", tmp_path)
    assert main(["prove", "template", "--seeds", "1"]) == 2
    assert "say where with --out DIR" in capsys.readouterr().err
    (tmp_path / "docs").mkdir()
    assert main(["prove", "template", "--seeds", "1"]) == 0
    assert (tmp_path / "docs" / "ledger" / "template.json").is_file()
