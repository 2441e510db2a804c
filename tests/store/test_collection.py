"""Collections on disk: round trip, validation, escape, and what a kill leaves behind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import LayoutError, PolyclinicError, ReadError, RecordError, UsageError
from polyclinic.store.collection import HEADER, STUDIES, Header, open_collection, write_collection, write_header
from polyclinic.store.splits import Splits
from polyclinic.study import Image, Mask, MaskFile, Region, Report, Study


def study(number: int, **more: Any) -> Study:
    return Study(f"s{number}", f"p{number}", **more)


def test_round_trip_with_pixels_and_masks(tmp_path: Path) -> None:
    Pillow.fromarray(np.array([[0, 7]], np.uint8)).save(tmp_path / "a.png")
    one = study(1, images=(Image("a.png"),), regions=(Region("x", mask=MaskFile("a.png", 7)),))
    assert write_collection(tmp_path, Header("mine", licence="CC0-1.0"), [one, study(2)]) == 2
    collection = open_collection(tmp_path)
    assert collection.header == Header("mine", licence="CC0-1.0")
    assert collection.studies == (one, study(2))
    assert collection.studies[0].images[0].pixels.tolist() == [[[0, 7]]]
    assert collection.studies[0].regions[0].array.tolist() == [[False, True]]


@pytest.mark.parametrize("text", ["one\u2028two", "a\x85b", "x\x0by\x1cz", "tab\tnew\nline", "左肺 حالة"])
def test_texts_may_hold_anything(tmp_path: Path, text: str) -> None:
    write_collection(tmp_path, Header("x"), [study(1, report=Report({"findings": text})), study(2)])
    held = open_collection(tmp_path).studies
    assert len(held) == 2
    assert held[0].report == Report({"findings": text})


def broken(root: Path, line: str) -> Path:
    write_collection(root, Header("x"), [study(1)])
    with (root / STUDIES).open("a", encoding="utf-8") as out:
        out.write(line + "\n")
    return root


def record(**fields: Any) -> str:
    return json.dumps({"id": "s2", "subject": "p"} | fields)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "studies.jsonl:2: not JSON"),
        ("[" * 100_000, "studies.jsonl:2: not JSON that can be read"),
        ("9" * 5000, "studies.jsonl:2: not JSON that can be read"),
        (record(id=3), "studies.jsonl:2.id: expected text, got 3"),
        (record(id="s1"), "studies.jsonl:2.id: 's1' appears twice"),
        (record(colour=3), "studies.jsonl:2: unknown field 'colour'"),
        (record(images=[{"path": "../a.png"}]), r"studies.jsonl:2: path '../a.png' leaves the collection"),
        (record(images=[{"path": "/etc/passwd"}]), "leaves the collection"),
        (
            record(images=[{"path": "a"}], regions=[{"name": "x", "mask": {"path": "b/../../c"}}]),
            "leaves the collection",
        ),
        (record(images=[{"path": "a"}], regions=[{"name": "x", "image": 1}]), r"regions\[0\].image: no image 1"),
        (
            record(images=[{"path": "a"}], regions=[{"name": "x", "mask": {"size": [2, 2], "counts": [3]}}]),
            r"studies.jsonl:2.regions\[0\].mask.counts: runs do not sum",
        ),
    ],
)
def test_file_line_and_field_are_named(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(RecordError, match=told):
        open_collection(broken(tmp_path, line))


def test_a_later_schema_is_refused(tmp_path: Path) -> None:
    write_collection(tmp_path, Header("x"), [study(1)])
    (tmp_path / HEADER).write_text('{"schema": 99, "name": "x"}')
    with pytest.raises(LayoutError, match="schema 99"):
        open_collection(tmp_path)


def test_no_collection_and_broken_text(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="no collection"):
        open_collection(tmp_path)
    write_collection(tmp_path, Header("x"), [study(1)])
    (tmp_path / STUDIES).write_bytes(b"\xff\xfe")
    with pytest.raises(RecordError, match="not UTF-8"):
        open_collection(tmp_path)


def test_a_missing_image_shows_when_it_is_read(tmp_path: Path) -> None:
    write_collection(tmp_path, Header("x"), [study(1, images=(Image("gone.png"),))])
    with pytest.raises(ReadError, match="is missing"):
        _ = open_collection(tmp_path).studies[0].images[0].pixels


def test_splits_and_priors(tmp_path: Path) -> None:
    studies = [study(1, split="test"), study(2, prior="s1", split="train")]
    write_collection(tmp_path, Header("x"), studies)
    collection = open_collection(tmp_path)
    assert collection.split("test") == (studies[0],)
    assert collection.split("all") == tuple(studies)
    assert collection.prior(studies[1]) == studies[0]
    assert collection.prior(studies[0]) is None
    with pytest.raises(UsageError, match="no study in split 'val'"):
        collection.split("val")


class KilledError(BaseException):
    """What a kill looks like from inside."""


@pytest.mark.parametrize("survived", range(5))
def test_a_kill_leaves_the_old_or_the_new_never_a_torn_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    """Each step that touches the disk may be the last one."""
    write_collection(tmp_path, Header("old"), [study(1)])
    steps = iter(range(100))

    def dying(call: Any) -> Any:
        def run(*args: Any, **options: Any) -> Any:
            if next(steps) >= survived:
                raise KilledError
            return call(*args, **options)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", dying(os.fsync))
        patch.setattr(Path, "replace", dying(Path.replace))
        patch.setattr(Path, "write_text", dying(Path.write_text))
        try:
            write_collection(tmp_path, Header("new"), [study(2), study(3)])
        except KilledError:
            pass
    ids = [s.id for s in open_collection(tmp_path)]
    assert ids == (["s1"] if survived < 2 else ["s2", "s3"])
    assert open_collection(tmp_path).header.name == ("new" if survived >= 4 else "old")


def test_a_kill_in_a_new_folder_leaves_no_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any) -> None:
        raise KilledError

    monkeypatch.setattr("polyclinic.store.collection.write_header", killed)
    with pytest.raises(KilledError):
        write_collection(tmp_path, Header("x"), [study(1)])
    with pytest.raises(PolyclinicError, match="no collection"):
        open_collection(tmp_path)


def test_the_header_alone_may_be_written(tmp_path: Path) -> None:
    write_collection(tmp_path, Header("x"), [study(1)])
    splits = Splits({"train": 0.5, "test": 0.5}, "salt", {"p1": "test"})
    write_header(tmp_path, Header("x", splits=splits))
    assert open_collection(tmp_path).header.splits == splits


def test_masks_in_the_record_need_no_file(tmp_path: Path) -> None:
    mask = Mask.from_array(np.eye(3))
    write_collection(tmp_path, Header("x"), [study(1, images=(Image("a"),), regions=(Region("x", mask=mask),))])
    assert (open_collection(tmp_path).studies[0].regions[0].array == np.eye(3)).all()


def test_slices_of_volumes_are_read_without_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "v.nii.gz")
    mask = MaskFile("v.nii.gz", 6, slice=2)
    write_collection(
        tmp_path, Header("x"), [study(1, images=(Image("v.nii.gz", slice=2),), regions=(Region("x", mask=mask),))]
    )
    (held,) = open_collection(tmp_path).studies
    monkeypatch.setattr("polyclinic.readers.nifti.pixels", lambda path: pytest.fail("the whole was read"))
    assert (held.images[0].pixels == values[None, :, :, 2].transpose(0, 2, 1)).all()
    assert np.argwhere(held.regions[0].array).tolist() == [[1, 0]]
