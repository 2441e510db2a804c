"""PASCAL VOC: boxes counted from 1, splits, and annotations that are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]


def thing(name: str, *sides: object, extra: str = "") -> str:
    tags = zip(("xmin", "ymin", "xmax", "ymax"), sides, strict=True)
    return f"<object><name>{name}</name>{extra}<bndbox>{''.join(f'<{t}>{s}</{t}>' for t, s in tags)}</bndbox></object>"


def write(tmp_path: Path, name: str, *things: str, size: str = "<width>8</width><height>6</height>") -> None:
    folder = tmp_path / "Annotations"
    folder.mkdir(exist_ok=True)
    text = f"<annotation><filename>{name}.jpg</filename><size>{size}</size>{''.join(things)}</annotation>"
    (folder / f"{name}.xml").write_text(text)


def test_boxes_and_splits(tmp_path: Path, paint: Paint) -> None:
    for name in ("BloodImage_00000", "BloodImage_00001", "BloodImage_00002"):
        paint(f"JPEGImages/{name}.jpg")
    write(
        tmp_path,
        "BloodImage_00000",
        thing("WBC", 1, 1, 3, 3),
        thing("RBC", 0, 2, 8, 6, extra="<difficult>1</difficult>"),
    )
    write(tmp_path, "BloodImage_00001", size="")
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    (tmp_path / "ImageSets" / "Main" / "test.txt").write_text("BloodImage_00000\n\n")
    assert recognise(tmp_path).layout.NAME == "PASCAL VOC"
    held = open_folder(tmp_path)
    one, two = held
    assert (held.header.name, held.skipped) == ("BCCD", ())
    assert [(r.name, r.kind, r.box) for r in one.regions] == [
        ("WBC", "cell", (0, 0, 3, 3)),
        ("RBC", "cell", (0, 1, 8, 6)),
    ]
    assert [dict(r.attributes) for r in one.regions] == [{}, {"difficult": 1.0}]
    assert (one.split, two.split, two.regions) == ("test", None, ())
    assert "1 images without an annotation" in str(held.header.note)


def test_what_is_wrong_is_named(tmp_path: Path, paint: Paint) -> None:
    for name in "abcd":
        paint(f"JPEGImages/{name}.jpg")
    write(tmp_path, "a", thing("x", 5, 1, 2, 2), thing("", 1, 1, 2, 2), thing("y", 1, "?", 2, 2))
    write(tmp_path, "b", thing("x", 1, 1, 2, 2), size="<width>80</width><height>60</height>")
    write(tmp_path, "gone")
    (tmp_path / "Annotations" / "c.xml").write_text("<annotation>")
    (tmp_path / "Annotations" / "d.xml").write_text("<other/>")
    held = open_folder(tmp_path)
    assert [study.regions for study in held] == [(), ()]
    assert [line.split(":")[0] for line in held.skipped] == [
        *["Annotations/a.xml"] * 3,
        "Annotations/b.xml",
        "Annotations/c.xml",
        "Annotations/d.xml",
        "Annotations/gone.xml",
    ]
