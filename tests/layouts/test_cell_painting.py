"""Cell Painting tables: channels, wells, plates that repeat file names, and files that are missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from polyclinic.layouts import open_folder, recognise

Paint = Callable[..., Path]
Write = Callable[..., Path]
HEAD = (
    "FileName_OrigDNA PathName_OrigDNA FileName_OrigER PathName_OrigER FileName_IllumDNA "
    "Metadata_Plate Metadata_Well Metadata_Site Metadata_JCP2022"
)


def rows(plate: str, well: str, site: int, folder: str) -> tuple[object, ...]:
    name = f"r01c01f{site:02d}"
    return f"{name}-ch5.tif", folder, f"{name}-ch2.tif", folder, "IllumDNA.npy", plate, well, site, "JCP2022_1"


def test_sites_and_channels(tmp_path: Path, paint: Paint, table: Write) -> None:
    for site in (1, 2):
        for channel in (2, 5):
            paint(f"images/r01c01f{site:02d}-ch{channel}.tif")
    table("load_data.csv", HEAD, rows("P1", "A01", 1, "/data/x/P1/Images"), rows("P1", "A01", 2, "/data/x/P1/Images"))
    assert recognise(tmp_path).layout.NAME == "Cell Painting"
    held = open_folder(tmp_path)
    one, two = held
    assert (one.id, one.subject, two.id, two.subject) == ("P1-A01-1", "P1-A01", "P1-A01-2", "P1-A01")
    assert [image.channels for image in one.images] == [("DNA",), ("ER",)]
    assert [image.path for image in two.images] == ["images/r01c01f02-ch5.tif", "images/r01c01f02-ch2.tif"]
    assert one.labels == {"plate": "P1", "well": "A01", "site": "1", "jcp2022": "JCP2022_1"}
    assert (one.domain, one.images[0].modality, held.skipped) == ("cells", "GM", ())
    assert open_folder(tmp_path / "load_data.csv").studies == held.studies


def test_plates_repeat_names(tmp_path: Path, paint: Paint, table: Write) -> None:
    for plate in ("P1", "P2"):
        for channel in (2, 5):
            paint(f"{plate}/Images/r01c01f01-ch{channel}.tif")
    table("load_data.csv", HEAD, rows("P1", "A01", 1, "s3\\P1\\Images"), rows("P2", "A01", 1, "/s3/P2/Images/"))
    one, two = open_folder(tmp_path)
    assert one.images[0].path == "P1/Images/r01c01f01-ch5.tif"
    assert two.images[0].path == "P2/Images/r01c01f01-ch5.tif"


def test_another_plates_file_is_not_taken(tmp_path: Path, paint: Paint, table: Write) -> None:
    paint("P1/Images/r01c01f01-ch5.tif")
    table("load_data.csv", HEAD, rows("P1", "A01", 1, "/s3/P1/Images"), rows("P2", "A01", 1, "/s3/P2/Images"))
    held = open_folder(tmp_path)
    assert [study.id for study in held] == ["P1-A01-1"]
    assert held.skipped == (
        "load_data.csv line 2: image s3/P1/Images/r01c01f01-ch2.tif is missing",
        "load_data.csv line 3: image s3/P2/Images/r01c01f01-ch5.tif is missing",
        "load_data.csv line 3: image s3/P2/Images/r01c01f01-ch2.tif is missing",
    )


def test_the_tables_of_jump_are_known_by_their_columns(tmp_path: Path, paint: Paint, table: Write) -> None:
    for channel in (2, 5):
        paint(f"images/r01c01f01-ch{channel}.tif")
    head = HEAD.replace("Metadata_JCP2022", "Metadata_Source")
    table("load_data.csv", head, (*rows("P1", "A01", 1, "/x")[:-1], "source_4"))
    held = open_folder(tmp_path)
    assert (held.header.name, held.header.licence) == ("JUMP Cell Painting", "CC0-1.0")
    assert held.studies[0].labels["source"] == "source_4"
