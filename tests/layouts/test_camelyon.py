"""CAMELYON: outlines of slides by group, labels of patients and slides, scale, and faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import camelyon, open_folder, recognise

Paint = Callable[..., Path]


def drawn(group: str, *points: tuple[object, object], form: str = "Polygon") -> str:
    listed = "".join(f'<Coordinate Order="{at}" X="{x}" Y="{y}"/>' for at, (x, y) in enumerate(points))
    return f'<Annotation Name="A" Type="{form}" PartOfGroup="{group}"><Coordinates>{listed}</Coordinates></Annotation>'


def write(path: Path, *annotations: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<ASAP_Annotations><Annotations>{''.join(annotations)}</Annotations></ASAP_Annotations>")


SQUARE = ((1, 1), (4, 1), (4, 3), (1, 3))


def test_camelyon17(tmp_path: Path, paint: Paint) -> None:
    for node in (0, 1):
        paint(f"images/patient_017_node_{node}.tif")
    write(
        tmp_path / "annotations" / "patient_017_node_1.xml",
        drawn("metastases", *SQUARE),
        drawn("normal", (2, 2), form="Dot"),
    )
    (tmp_path / "stage_labels.csv").write_text(
        "patient,stage\npatient_017.zip,pN1\npatient_017_node_0.tif,negative\npatient_017_node_1.tif,macro\n"
    )
    assert recognise(tmp_path).layout.NAME == "slides with ASAP outlines"
    held = open_folder(tmp_path)
    zero, one = held
    assert (held.header.name, held.skipped) == ("CAMELYON17", ())
    assert (zero.subject, one.subject, zero.regions) == ("patient_017", "patient_017", ())
    assert zero.labels == {"pn_stage": "pN1", "node_stage": "negative"}
    area, dot = one.regions
    assert (area.name, area.kind, area.box, int(area.array.sum())) == ("metastasis", "finding", (1, 1, 4, 3), 6)
    assert (dot.name, dot.points) == ("normal tissue", ((2, 2),))


def test_camelyon16(tmp_path: Path, paint: Paint) -> None:
    paint("training/tumor/tumor_001.tif")
    paint("training/normal/normal_001.tif")
    paint("testing/images/test_001.tif")
    paint("training/mask/tumor_001_mask.tif")
    write(tmp_path / "training" / "lesion_annotations" / "tumor_001.xml", drawn("_0", *SQUARE), drawn("_2", *SQUARE))
    (tmp_path / "testing" / "reference.csv").write_text("test_001,Tumor,IDC,Macro\n")
    held = open_folder(tmp_path)
    assert {s.id: (s.split, s.labels) for s in held} == {
        "test_001": ("test", {"class": "tumor"}),
        "normal_001": ("train", {"class": "normal"}),
        "tumor_001": ("train", {"class": "tumor"}),
    }
    assert [region.name for region in held.by_id["tumor_001"].regions] == ["metastasis", "normal tissue"]


def test_outlines_are_scaled_to_what_is_read(tmp_path: Path, paint: Paint) -> None:
    slide = paint("a.tif", size=(6, 8))
    assert camelyon._scale(slide, (6, 8)) == (1.0, 1.0)
    assert camelyon._scale(slide, (3, 2)) == (0.25, 0.5)
    assert camelyon._scale(paint("a.png"), (3, 2)) == (1.0, 1.0)


def test_what_is_wrong_is_named(tmp_path: Path, paint: Paint) -> None:
    paint("a.tif")
    paint("b.tif")
    wrong = [drawn("x", (0, 0), (1, 1)), drawn("x", ("?", 0)), drawn("x", *SQUARE, form="Measure"), drawn("x")]
    write(tmp_path / "a.xml", *wrong)
    write(tmp_path / "gone.xml")
    (tmp_path / "b.xml").write_text("<ASAP_Annotations>")
    held = open_folder(tmp_path)
    assert [study.regions for study in held] == [(), ()]
    assert [line.split(":")[0] for line in held.skipped] == ["a.xml A"] * 4 + ["b.xml", "gone.xml"]
