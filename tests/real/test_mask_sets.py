"""Real sets in the forms of segmentation and detection, where they are: read, written, and read again."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from polyclinic.layouts import open_folder, recognise
from polyclinic.store.collection import Collection
from polyclinic.writers import coco, geojson

SETS = Path(__file__).parents[3] / "shared" / "data"


def real(name: str) -> Path:
    if not (SETS / name).is_dir():
        pytest.skip(f"the set {name} is not beside the repository")
    return SETS / name


def names(held: Collection) -> Counter[str]:
    return Counter(region.name for study in held for region in study.regions)


def test_blood_cells_from_xml(tmp_path: Path) -> None:
    root = real("bccd")
    for at in range(20):
        name = f"BloodImage_{at:05d}"
        if (root / "images" / f"{name}.jpg").is_file():
            for folder, source in (
                ("Annotations", f"annotations_voc/{name}.xml"),
                ("JPEGImages", f"images/{name}.jpg"),
            ):
                (tmp_path / folder).mkdir(exist_ok=True)
                shutil.copy(root / source, tmp_path / folder)
    assert recognise(tmp_path).layout.NAME == "PASCAL VOC"
    held = open_folder(tmp_path)
    table = open_folder(root)
    assert held.header.name == "BCCD"
    for study in held:
        other = sorted((r.name, r.box) for r in table.by_id[study.id].regions if r.box)
        found = sorted((r.name, r.box) for r in study.regions if r.box)
        assert [name for name, _ in found] == [name for name, _ in other]
        assert all(
            abs(a - b) <= 1
            for (_, one), (_, two) in zip(found, other, strict=True)
            for a, b in zip(one, two, strict=True)
        )


@pytest.mark.parametrize("writer", [coco, geojson], ids=lambda writer: writer.NAME)
def test_polyps_there_and_back(tmp_path: Path, writer: object) -> None:
    held = open_folder(real("kvasir-seg-mini"))
    writer.write(held, tmp_path / "out")  # type: ignore[attr-defined]
    back = open_folder(tmp_path / "out")
    assert names(back) == names(held)
    for study in back:
        (before,) = held.by_id[study.id].regions
        assert (study.regions[0].array == before.array).all()


def test_a_tcga_slide_with_its_outcome(tmp_path: Path) -> None:
    (slide,) = real("wsi-small").glob("tcga-*.svs")
    (tmp_path / "clinical.tsv").write_text("case_submitter_id\tvital_status\tdays_to_death\nTCGA-CR-7395\tDead\t412\n")
    shutil.copy(slide, tmp_path / slide.name)
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "TCGA"
    (study,) = held
    assert study.id == "TCGA-CR-7395"
    assert study.outcome is not None
    assert (study.outcome.time_days, study.outcome.event) == (412.0, True)
