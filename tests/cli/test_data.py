"""`polyclinic data`: what a user sees on a small folder, on a damaged one, and in JSON."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.cli import data
from polyclinic.errors import UsageError
from polyclinic.writers.forms import FORMS


def call(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    data.arguments(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--debug", action="store_true")
    return data.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four images of three patients, labels, notes, a mask, and one image that is missing."""
    root = tmp_path / "set"
    (root / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in "abcd":
        Pillow.fromarray(rng.integers(0, 255, (24, 32), dtype=np.uint8)).save(root / f"images/{name}.png")
    Pillow.fromarray(np.eye(24, 32, dtype=np.uint8)).save(root / "images/m.png")
    rows = [
        ("image", "patient", "split", "label", "notes", "lesion_mask"),
        ("images/a.png", "p1", "train", "ill", "Cough.", "images/m.png"),
        ("images/b.png", "p1", "train", "ill", "Cough.", ""),
        ("images/c.png", "p2", "test", "well", "", ""),
        ("images/d.png", "p3", "test", "well", "", ""),
        ("images/gone.png", "p4", "test", "well", "", ""),
    ]
    with (root / "metadata.csv").open("w", newline="") as out:
        csv.writer(out).writerows(rows)
    return root


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_inspect_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("inspect", folder, "--json") == 0
    found = told(capsys)
    assert (found["layout"], found["studies"], found["subjects"]) == ("table", 4, 3)
    assert found["splits"] == {"train": 2, "test": 2}
    assert found["images"]["sizes"] == {"1x24x32": 4}
    assert found["labels"] == {"label": {"known": 4, "values": {"ill": 2, "well": 2}}}
    assert found["regions"] == {"lesion": {"kind": None, "studies": 1, "masks": 1, "boxes": 0, "points": 0}}
    assert found["texts"]["sections"] == {"notes": 2}
    assert list(found["trains"]) == ["answer", "report", "segment", "embed", "classify"]
    assert found["scores"] == [
        "reports.finding_f1",
        "reports.bleu4",
        "segmentation.regions.dice",
        "search.text_to_image.recall_at_10",
        "search.image_to_text.recall_at_10",
        "classification.auroc",
    ]
    assert found["wrong"] == ["metadata.csv line 6: image images/gone.png is missing"]


def test_inspect_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("inspect", folder) == 0
    text = capsys.readouterr().out
    assert "recognised as table: metadata.csv names images in its column 'image'" in text
    assert "label      label: ill 2, well 2" in text
    assert "what is wrong (1)\n  metadata.csv line 6: image images/gone.png is missing" in text
    assert "\n\n\n" not in text


def test_convert_check_and_split(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert call("convert", folder, out) == 0
    captured = capsys.readouterr()
    assert captured.out == f"4 studies: {out}\n"
    assert "gone.png is missing" in captured.err
    assert call("check", out, "--json") == 0
    assert told(capsys) == {"studies": 4, "images": 4, "wrong": [], "leaks": []}
    assert call("split", out, "--fractions", "0.5", "0.25", "0.25", "--salt", "x", "--json") == 0
    assert told(capsys)["fractions"] == {"train": 0.5, "val": 0.25, "test": 0.25}
    with pytest.raises(UsageError):
        call("convert", folder, out)
    with pytest.raises(UsageError):
        call("split", folder)


def test_check_finds_faults_and_leaks(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    call("convert", folder, out)
    (out / "images/d.png").write_bytes((out / "images/a.png").read_bytes())
    cut = (out / "images/b.png").read_bytes()
    (out / "images/b.png").write_bytes(cut[: len(cut) // 2])
    Pillow.fromarray(np.ones((3, 3), np.uint8)).save(out / "images/m.png")
    capsys.readouterr()
    assert call("check", out) == 1
    text = capsys.readouterr().out
    assert "leak: same pixels: a (train) and d (test)" in text
    assert "fault: b: cannot read" in text
    assert "fault: a, region lesion: mask of (3, 3), image of (24, 32)" in text


def test_turns_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("turns", folder, "--limit", 1) == 0
    text = capsys.readouterr().out
    assert text.startswith("a\n")
    assert "segment  'lesion'" in text
    assert "report   '' -> 'notes: Cough.'" in text
    assert call("turns", folder, "--split", "test", "--json") == 0
    assert list(told(capsys)) == ["c", "d"]


@pytest.mark.parametrize("place", [("--json",), ()])
def test_json_may_stand_before_or_behind_the_action(
    folder: Path, capsys: pytest.CaptureFixture[str], place: tuple[str, ...]
) -> None:
    behind = () if place else ("--json",)
    assert call(*place, "inspect", folder, *behind) == 0
    assert told(capsys)["studies"] == 4


def test_deidentify(
    tmp_path: Path, write_series: Callable[..., list[Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    write_series(tmp_path / "in", np.zeros((2, 2, 2), np.int16))
    (tmp_path / "key").write_text("0123456789abcdef")
    assert call("deidentify", tmp_path / "in", tmp_path / "out", "--key", tmp_path / "key", "--dates", "shifted") == 0
    assert "2 files written" in capsys.readouterr().out
    write_series(tmp_path / "in" / "more", np.zeros((1, 2, 2), np.int16), SeriesInstanceUID="1.2", Modality="US")
    assert call("deidentify", tmp_path / "in", tmp_path / "again", "--json", "--retain", "patient") == 1
    found = told(capsys)
    assert (found["written"], list(found["withheld"].values())) == (2, [[3]])
    with pytest.raises(UsageError, match="unknown option 'names'"):
        call("deidentify", tmp_path / "in", tmp_path / "more", "--retain", "names")


def test_shard_and_audit(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "shards"
    assert call("shard", folder, out) == 0
    captured = capsys.readouterr()
    assert captured.out == f"4 studies in 1 shards: {out}\n"
    assert "gone.png is missing" in captured.err
    assert call("inspect", out, "--json") == 0
    found = told(capsys)
    assert (found["layout"], found["studies"], found["images"]["sizes"]) == ("shards", 4, {"1x24x32": 4})
    assert call("check", out, "--json") == 0
    assert told(capsys)["leaks"] == []
    assert call("audit", out, "--out", tmp_path / "page", "--variants") == 0
    assert f"0 leaks, 0 duplicates in a split\n{tmp_path / 'page/audit.html'}\n" in capsys.readouterr().out
    (folder / "images/d.png").write_bytes((folder / "images/a.png").read_bytes())
    (folder / "images/b.png").write_bytes((folder / "images/a.png").read_bytes())
    assert call("audit", folder, "--json") == 1
    found = told(capsys)
    assert [leak["ids"] for leak in found["leaks"]] == [["a", "d"]]
    assert [leak["ids"] for leak in found["duplicates"]] == [["a", "b"]]


def test_check_compares_published_checksums(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = np.random.default_rng(0).integers(0, 255, (2, 24, 24), dtype=np.uint8)
    held = {f"{split}_images": images for split in ("train", "val", "test")}
    labels = {f"{split}_labels": np.zeros((2, 1), np.uint8) for split in ("train", "val", "test")}
    np.savez(tmp_path / "breastmnist.npz", **held, **labels)
    assert call("check", tmp_path, "--json") == 1
    assert "breastmnist.npz: its md5 is" in str(told(capsys)["wrong"])


def test_convert_to_another_form(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("convert", folder, tmp_path / "coco", "--to", "coco", "--json") == 0
    found = told(capsys)
    assert (found["studies"], found["root"]) == (4, str(tmp_path / "coco"))
    assert found["left_out"] == [
        "2 x reports: the form has no place for them (first: a)",
        "4 x labels: the form has no place for them (first: a)",
    ]
    assert call("convert", folder, tmp_path / "again", "--to", "huggingface") == 0
    shown = capsys.readouterr()
    assert shown.out == f"4 studies: {tmp_path / 'again'}\n"
    assert "skipped: metadata.csv line 6: image images/gone.png is missing" in shown.err
    assert "left out: 1 x masks: only their boxes are written (first: a)" in shown.err


def test_the_forms_are_those_of_the_writers() -> None:
    assert tuple(FORMS) == data.FORMS


@pytest.fixture
def address(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The folder's images as shards in fsspec's memory."""
    assert call("shard", folder, tmp_path / "shards") == 0
    memory = fsspec.filesystem("memory")
    for path in (tmp_path / "shards").iterdir():
        memory.pipe(f"/told/{path.name}", path.read_bytes())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "copies"))
    yield "memory://told"
    memory.rm("/told", recursive=True)


def test_an_address_is_a_place_like_any_other(address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert call("inspect", address, "--json") == 0
    found = told(capsys)
    assert (found["layout"], found["reason"], found["studies"]) == ("shards", "it is an address", 4)
    assert call("check", address) == 0
    assert call("convert", address, tmp_path / "back") == 0
    assert {path.name for path in (tmp_path / "back" / "images").iterdir()} == {f"{name}.png" for name in "abcdm"}
