"""ChestX-ray14 in miniature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Write = Callable[..., Path]
COLUMNS = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
)


def test_findings_boxes_visits_and_lists(tmp_path: Path, paint: Write, text: Write) -> None:
    text(
        "Data_Entry_2017.csv",
        COLUMNS,
        "00000001_001.png,Cardiomegaly|Effusion,1,1,058Y,M,PA,2682,2749,0.143,0.143,",
        "00000001_000.png,No Finding,0,1,57,M,AP,2682,2749,0.143,0.143,",
        "00000002_000.png,Edema|Bone Spur,0,2,81,F,PA,2682,2749,0.143,0.143,",
        "00000003_000.png,Mass,0,3,81,F,PA,2682,2749,0.143,0.143,",
    )
    text(
        "BBox_List_2017.csv",
        "Image Index,Finding Label,Bbox [x,y,w,h],,,",
        "00000001_001.png,Cardiomegaly,1.5,2,3,2.5,,,",
        "00000009_001.png,Infiltrate,1,2,3,2,,,",
    )
    text("train_val_list.txt", "00000001_001.png", "00000001_000.png")
    text("test_list.txt", "00000002_000.png")
    for name in ("images_001/images/00000001_000", "images_001/images/00000001_001", "images_002/images/00000002_000"):
        paint(f"{name}.png")
    held = open_folder(tmp_path)
    assert recognise(tmp_path).layout.NAME == "ChestX-ray14"
    by_id = held.by_id
    one, zero, other = (by_id[f"0000000{name}"] for name in ("1_001", "1_000", "2_000"))
    said = {f.name: f.present for f in one.findings}
    assert len(said) == 14
    assert {name for name, present in said.items() if present} == {"cardiomegaly", "effusion"}
    assert said["pleural thickening"] is False
    assert not any(f.present for f in zero.findings)
    assert zero.labels == {"sex": "M", "age": 57, "no finding": True}
    assert (one.labels["age"], one.prior, zero.prior, one.subject) == (58, zero.id, None, "1")
    assert [(r.name, r.kind, r.box) for r in one.regions] == [("cardiomegaly", "finding", (1.5, 2.0, 4.5, 4.5))]
    assert (one.split, other.split, one.images[0].view) == ("train", "test", "PA")
    assert held.skipped == (
        "Data_Entry_2017.csv line 4: unknown finding 'Bone Spur'",
        "Data_Entry_2017.csv line 5: image 00000003_000.png is missing",
        "BBox_List_2017.csv line 3: no image or no box",
    )
