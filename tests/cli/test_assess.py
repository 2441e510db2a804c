import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.cli import assess as command
from polyclinic.evaluation.assess import recompute
from polyclinic.evaluation.priors import Priors
from polyclinic.store.collection import Header, write_collection
from polyclinic.study import Finding, Image, Study, Turn
from polyclinic.verbs import Answer


class YesSayer:
    """Says yes to everything."""

    def answer(self, asks):
        return [Answer("yes", 0.8) for _ in asks]


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "data"
    root.mkdir()
    studies = []
    for i in range(24):
        Pillow.fromarray(np.full((8, 8), i, np.uint8)).save(root / f"{i}.png")
        turn = Turn("Is there a nodule?", "no" if i % 3 else "yes", "closed", ("yes", "no"), topic="presence")
        split = "train" if i < 12 else "test"
        finding = Finding("nodule", i % 3 == 0)
        studies.append(
            Study(f"s{i}", f"p{i}", images=(Image(f"{i}.png"),), turns=(turn,), findings=(finding,), split=split)
        )
    write_collection(root, Header("toy"), studies)
    return root


@pytest.fixture
def model(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_text("{}")
    monkeypatch.setattr("polyclinic.models.load_model", lambda _: YesSayer())
    return folder


def call(*words, as_json=False):
    import argparse

    parser = argparse.ArgumentParser()
    command.arguments(parser)
    args = parser.parse_args([str(word) for word in words])
    args.json = as_json
    return command.run(args)


def test_scores_predictions_and_card_are_written(model, data, tmp_path, capsys):
    out = tmp_path / "out"
    assert call(model, data, "--out", out) == 0
    stored = json.loads((out / "scores.json").read_text())
    entry = stored["questions.closed.balanced_accuracy"]
    assert (entry["value"], entry["baseline"], entry["blind"], entry["n"]) == (0.5, 0.5, 0.5, 12)
    assert recompute(out)["questions.closed.balanced_accuracy"].value == 0.5
    said = capsys.readouterr()
    assert "questions.closed.balanced_accuracy" in said.out
    assert "0.500 [" in said.out
    assert str(out / "report.html") in said.out
    assert f"polyclinic assess {model} {data} --split test --out {out}" in (out / "report.html").read_text()


def test_json_is_the_content_of_the_file(model, data, tmp_path, capsys):
    call(model, data, "--out", tmp_path / "out", "--split", "all", "--limit", "5", "--no-blind", as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "out" / "scores.json").read_text())
    assert printed["questions.closed.accuracy"]["n"] == 5
    assert printed["questions.closed.accuracy"]["blind"] is None


def test_the_models_own_priors_come_first(model, data, tmp_path):
    Priors(answers={"language:en": "yes"}).save(model)
    call(model, data, "--out", tmp_path / "out")
    stored = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert stored["questions.closed.accuracy"]["baseline"] == pytest.approx(4 / 12, abs=1e-6)


def test_without_any_priors_it_says_so(model, data, tmp_path, capsys):
    lines = [json.loads(line) | {"split": "test"} for line in (data / "studies.jsonl").read_text().splitlines()]
    (data / "studies.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    call(model, data, "--out", tmp_path / "out")
    assert "no baselines" in capsys.readouterr().err
    assert json.loads((tmp_path / "out" / "scores.json").read_text())["questions.closed.accuracy"]["baseline"] is None


def test_a_truncated_image_is_skipped_by_name(model, data, tmp_path):
    path = Path(data / "13.png")
    path.write_bytes(path.read_bytes()[:40])
    call(model, data, "--out", tmp_path / "out")
    facts = json.loads((tmp_path / "out" / "assessment.json").read_text())
    assert facts["studies"] == 11
    assert "s13" in facts["skipped"][0]
