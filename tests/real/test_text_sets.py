"""Real questions and reports in the forms that their authors publish, remade from the sets beside the repository."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from polyclinic.layouts import open_folder, recognise

SETS = Path(__file__).parents[3] / "shared" / "data"


def there(name: str) -> Path:
    if not (SETS / name).is_dir():
        pytest.skip(f"the set {name} is not beside the repository")
    return SETS / name


def copied(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def test_vqa_rad_as_its_authors_publish_it(tmp_path: Path) -> None:
    source = there("vqa-rad")
    entries = json.loads((source / "qa.json").read_text("utf-8"))
    for entry in entries:
        entry["image_name"] = Path(entry.pop("image")).name
        kind = "test_" if entry.pop("orig_split") == "test" else ""
        entry["phrase_type"] = f"{kind}{entry['phrase_type'].removeprefix('test_')}"
        del entry["split"]
    (tmp_path / "VQA_RAD Dataset Public.json").write_text(json.dumps(entries), "utf-8")
    for image in (source / "images").iterdir():
        copied(image, tmp_path / "VQA_RAD Image Folder" / image.name)
    held = open_folder(tmp_path)
    tests = sum(entry["phrase_type"].startswith("test") for entry in entries)
    assert recognise(tmp_path).layout.NAME == "VQA-RAD"
    assert held.skipped == ()
    assert {study.split for study in held} == {"train", "test"}
    asked = {split: sum(len(s.turns) for s in held if s.split == split) for split in ("train", "test")}
    assert 0 <= tests - asked["test"] <= 20  # equal questions about one image are kept once
    assert len({study.subject for study in held}) == 204


def test_open_i_as_tables(tmp_path: Path) -> None:
    source = there("iu-xray-reports-text")
    with (source / "reports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    images = [(row["uid"], *told.rsplit(":", 1)) for row in rows for told in row["image_files_not_included"].split(";")]
    with (tmp_path / "indiana_projections.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("uid", "filename", "projection"), *images[:0]])
    copied(source / "reports.csv", tmp_path / "indiana_reports.csv")
    held = open_folder(tmp_path)
    assert (recognise(tmp_path).layout.NAME, len(held), held.skipped) == ("Open-i", 1000, ())
    assert all(study.report and {"findings", "impression"} <= study.report.sections.keys() for study in held)
    normal = [study for study in held if study.labels.get("no finding")]
    assert len(normal) == sum(row["MeSH"].lower().startswith("normal") for row in rows)
    placed = [f for study in held for f in study.findings if "qualifiers" in f.attributes]
    assert len(placed) > 500
    assert len(images) > 1000


def test_the_small_sets_stay_with_the_general_layouts() -> None:
    names = {"vqa-rad": "questions", "ham10000-mini": "table", "covid-cxr": "table", "iu-xray-reports-text": "table"}
    for name, layout in names.items():
        assert recognise(there(name)).layout.NAME == layout
