"""The verbs on the command line, on a tiny model trained on nothing."""

import dataclasses
import json
from pathlib import Path

import fsspec
import nibabel
import numpy as np
import pytest
import torch
from PIL import Image

from polyclinic.cli import main
from polyclinic.cli.inputs import parse_box
from polyclinic.cli.phantom import HELP
from polyclinic.cli.search import SHOWN
from polyclinic.cli.segment import ENDINGS
from polyclinic.phantom.world import Phantom
from polyclinic.systems.generalist import PRESETS, Model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    studies = [study for i in range(4) for study in Phantom("chest", seed=9).studies(i)]
    tiny = dataclasses.replace(
        PRESETS["nano"], image_size=64, widths=(16, 16), depths=(1, 1), query_width=32, width=32, depth=1, longest=12
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        Model.from_studies(tiny, studies).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("images") / "film.png"
    Image.fromarray(Phantom("chest", seed=9).studies(0)[0].images[0].pixels[0]).save(path)
    return str(path)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_answer(model: str, image: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("answer", model, image, "Is there a mass?", "--options", "yes", "no", "--prior", image)
    found = said(capsys, *words, "--region", "1,2,30,40")
    assert found["answer"] in ("yes", "no")
    assert main(["answer", model, image, "Where?"]) == 0
    assert "confidence" in capsys.readouterr().out


def test_report_find_classify_embed(model: str, image: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert said(capsys, "report", model, image, "--language", "ar")["language"] == "ar"
    found = said(capsys, "find", model, image, "nodule", "--score", "0")
    assert found["count"] == len(found["regions"])
    assert set(said(capsys, "classify", model, image, "mass", "nodule")) == {"mass", "nodule"}
    assert len(said(capsys, "classify", model, image)) >= 8
    (row,) = said(capsys, "embed", model, image)
    assert len(row["vector"]) == PRESETS["nano"].match_width
    assert main(["embed", model, "large effusion", "-o", str(tmp_path / "v.npy")]) == 0
    assert np.load(tmp_path / "v.npy").shape == (1, PRESETS["nano"].match_width)
    capsys.readouterr()


def test_search(model: str, image: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    assert main(["phantom", "chest", str(folder), "--patients", "3", "--seed", "1", "--workers", "1"]) == 0
    capsys.readouterr()
    assert len(said(capsys, "search", model, str(folder), "effusion", "-n", "2")) == 2
    assert said(capsys, "search", model, str(folder), image, "-n", "1")[0]["id"].startswith("chest-1-")


def test_an_index_is_searched_like_its_collection(
    model: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, index = str(tmp_path / "collection"), str(tmp_path / "index")
    assert main(["phantom", "chest", folder, "--patients", "3", "--seed", "1", "--workers", "1"]) == 0
    capsys.readouterr()
    made = said(capsys, "index", model, folder, "--out", index, "--dtype", "float32")
    assert made == said(capsys, "index", model, folder, "--out", index, "--dtype", "float32")
    plain, found = (said(capsys, "search", what, folder, "effusion", "-n", "3") for what in (model, index))
    assert [hit["id"] for hit in found] == [hit["id"] for hit in plain]
    assert len(said(capsys, "search", index, folder, "effusion")) <= SHOWN
    assert main(["phantom", "chest", str(tmp_path / "other"), "--patients", "1", "--seed", "2", "--workers", "1"]) == 0
    assert main(["search", index, str(tmp_path / "other"), "effusion"]) == 2
    assert "which the index holds" in capsys.readouterr().err


def test_shards_far_away_are_indexed_and_searched(
    model: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "copies"))
    folder, shards, index = (str(tmp_path / name) for name in ("collection", "shards", "index"))
    assert main(["phantom", "chest", folder, "--patients", "2", "--seed", "1", "--workers", "1"]) == 0
    assert main(["data", "shard", folder, shards]) == 0
    fsspec.filesystem("memory").put(shards, "/verbs", recursive=True)
    capsys.readouterr()
    assert said(capsys, "index", model, "memory://verbs", "--out", index)["skipped"] == []
    (hit,) = said(capsys, "search", index, "memory://verbs", "effusion", "-n", "1")
    assert hit["id"].startswith("chest-1-")


def test_segment_a_picture(model: str, image: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "masks.png"
    found = said(capsys, "segment", model, image, "heart", "left lung", "-o", str(out))
    assert found["labels"] == {"heart": 1, "left lung": 2}
    assert np.asarray(Image.open(out)).shape == (128, 128)


def test_segment_a_volume_keeps_every_plane(model: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    voxels = np.random.default_rng(0).normal(size=(20, 24, 5)).astype(np.float32)
    voxels[..., 2] = 0  # a constant plane must not vanish
    nibabel.Nifti1Image(voxels, affine).to_filename(tmp_path / "in.nii.gz")
    assert main(["segment", model, str(tmp_path / "in.nii.gz"), "heart", "-o", str(tmp_path / "out.nii.gz")]) == 0
    out = nibabel.load(tmp_path / "out.nii.gz")
    assert out.shape == voxels.shape
    np.testing.assert_allclose(out.affine, affine)
    assert main(["segment", model, str(tmp_path / "in.nii.gz"), "heart", "-o", str(tmp_path / "out.png")]) == 2
    capsys.readouterr()


@pytest.mark.parametrize("words", [("answer", "nowhere", "x.png", "Why?"), ("segment", "M", "I", "p", "-o", "out.gif")])
def test_wrong_calls(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(list(words)) == 2
    assert "error:" in capsys.readouterr().err


def test_boxes_are_checked() -> None:
    assert parse_box("1,2,3,4").box == (1, 2, 3, 4)
    with pytest.raises(Exception, match="expected x0"):
        parse_box("3,2,1,4")
    assert HELP
    assert ".nii.gz" in ENDINGS
