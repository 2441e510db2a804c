from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import LayoutError, PixelError, ReadError, UsageError
from polyclinic.readers.dicom.seg import read_segmentation
from polyclinic.serving.workbench.corrections import MARK, Correction, Corrections
from polyclinic.store.collection import STUDIES, Collection, Header, open_collection, write_collection
from polyclinic.store.shards import write_shards
from polyclinic.store.shelf import open_shards
from polyclinic.study import Image, MaskFile, Study
from polyclinic.training.loop import fit
from polyclinic.training.options import Options

from .conftest import SIZE, square


@pytest.fixture
def beside(root: Path) -> Path:
    return root.with_name("set-corrected")


@pytest.fixture
def kept(collection: Collection, beside: Path) -> Corrections:
    return Corrections(collection, beside)


def drawn(name: str = "heart", base: int | None = 0, first: int = 2, last: int = 6) -> Correction:
    return Correction("a-2", 0, name, {0: square(SIZE, first, last)}, base=base)


def test_a_correction_replaces_its_region_and_is_there_for_whoever_comes_next(
    kept: Corrections, collection: Collection, beside: Path
) -> None:
    saved = kept.save(drawn())
    (region,) = saved.regions
    assert (region.name, region.kind, region.box) == ("heart", "organ", (2.0, 2.0, 6.0, 6.0))
    assert MARK in region.attributes
    assert np.array_equal(region.array, square(SIZE, 2, 6))
    again = Corrections(collection, beside)
    assert again.ids() == ["a-2"]
    assert np.array_equal(again.find("a-2").regions[0].array, square(SIZE, 2, 6))  # type: ignore[union-attr]


def test_the_source_stays_as_it_was(kept: Corrections, root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    kept.save(drawn())
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_corrections_are_a_collection_with_images_and_splits(
    kept: Corrections, collection: Collection, beside: Path
) -> None:
    kept.save(drawn())
    made = open_collection(beside)
    assert made.header.splits == collection.header.splits
    assert "corrected by hand" in (made.header.note or "")
    assert (made.header.note or "").endswith("Procedural phantoms")
    assert np.array_equal(made.studies[0].images[0].pixels, collection.studies[0].images[0].pixels)


def test_a_model_is_trained_on_what_was_corrected(kept: Corrections, beside: Path, tmp_path: Path) -> None:
    runs = {}
    for name, last in (("one", 6), ("same", 6), ("other", 8)):
        kept.save(drawn(last=last))
        chosen = Options(steps=1, split="all", workers=0, settings=("batch=1",))
        outcome = fit("mamba-survey", open_collection(beside), tmp_path / name, chosen)
        assert outcome.record["samples"] == 1
        runs[name] = (outcome.run / "model.safetensors").read_bytes()
    assert runs["one"] == runs["same"] != runs["other"]


def test_a_new_region_stands_beside_the_others_and_a_second_save_replaces_it(kept: Corrections) -> None:
    kept.save(drawn("nodule", base=None))
    saved = kept.save(drawn("nodule", base=1, first=3, last=5))
    assert [(region.name, int(region.array.sum())) for region in saved.regions] == [("heart", 25), ("nodule", 4)]


def test_an_empty_mask_takes_the_region_away(kept: Corrections) -> None:
    assert kept.save(drawn(first=0, last=0)).regions == ()


def test_in_a_volume_planes_that_were_not_drawn_stay(kept: Corrections) -> None:
    kept.save(Correction("b-1", 0, "liver", {1: square(SIZE, 0, 3), 2: square(SIZE, 0, 2)}))
    saved = kept.save(Correction("b-1", 0, "liver", {2: square(SIZE, 5, 6)}, base=0))
    (region,) = saved.regions
    assert isinstance(region.mask, MaskFile)
    assert region.mask.path.endswith(".nii.gz")
    assert region.array.sum(axis=(1, 2)).tolist() == [0, 9, 1, 0, 0, 0]


def test_corrections_of_shards_bring_their_files_along(collection: Collection, tmp_path: Path) -> None:
    write_shards(collection, tmp_path / "shards")
    kept = Corrections(open_shards(tmp_path / "shards"), tmp_path / "corrected")
    kept.save(drawn())
    made = open_collection(tmp_path / "corrected").studies[0]
    assert np.array_equal(made.images[0].pixels, collection.studies[0].images[0].pixels)


@pytest.mark.parametrize(
    ("correction", "error"),
    [
        (Correction("nobody", 0, "heart", {}), UsageError),
        (Correction("a-2", 1, "heart", {}), UsageError),
        (Correction("a-2", 0, "  ", {}), UsageError),
        (Correction("a-2", 0, "heart", {}, base=7), UsageError),
        (Correction("a-2", 0, "heart", {1: square(SIZE, 0, 2)}), PixelError),
        (Correction("a-2", 0, "heart", {0: np.ones((3, 3), bool)}), PixelError),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(
    kept: Corrections, beside: Path, correction: Correction, error: type[Exception]
) -> None:
    with pytest.raises(error):
        kept.save(correction)
    assert not (beside / STUDIES).exists()


def test_forms_that_do_not_hold_the_mask_are_refused(kept: Corrections) -> None:
    with pytest.raises(UsageError, match="does not fit into a PNG"):
        kept.save(Correction("b-1", 0, "liver", {0: square(SIZE, 0, 3)}), "png")
    with pytest.raises(ReadError):
        kept.save(drawn(), "dicom-seg")  # of a PNG


def test_a_dicom_study_gets_a_segmentation_besides(tmp_path: Path, write_series: Callable[..., list[Path]]) -> None:
    root = tmp_path / "dicom"
    write_series(root / "ct", np.arange(3 * 8 * 9).reshape(3, 8, 9).astype(np.int16))
    write_collection(root, Header("dicom"), [Study("a", "a", images=(Image("ct", "CT"),))])
    kept = Corrections(open_collection(root), tmp_path / "dicom-corrected")
    saved = kept.save(Correction("a", 0, "liver", {1: square((8, 9), 2, 5)}), "dicom-seg")
    assert saved.regions[0].array.sum(axis=(1, 2)).tolist() == [0, 9, 0]
    (written,) = (tmp_path / "dicom-corrected" / "masks").glob("*.dcm")
    (segment,) = read_segmentation(written).regions
    assert segment.name == "liver"
    assert segment.array.sum() == 9


def test_a_name_becomes_a_file_name_of_plain_letters(kept: Corrections, beside: Path) -> None:
    kept.save(drawn("../../../etc/<b>", base=None))
    (path,) = (beside / "masks").iterdir()
    assert path.name.endswith("-0-etc-b-1.png")


def test_a_folder_of_something_else_is_left_alone(collection: Collection, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    with pytest.raises(LayoutError, match="holds no collection"):
        Corrections(collection, other)


def _save_on_and_on(root: Path, beside: Path) -> None:
    kept = Corrections(open_collection(root), beside)
    for turn in range(10_000):
        kept.save(drawn("heart", first=turn % 5, last=turn % 5 + 4, base=0))


def test_after_a_kill_the_collection_is_whole(root: Path, beside: Path) -> None:
    context = multiprocessing.get_context("fork")
    saved = 0
    for turn in range(6):
        process = context.Process(target=_save_on_and_on, args=(root, beside))
        process.start()
        time.sleep(0.08 + 0.037 * turn)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        kept = Corrections(open_collection(root), beside)  # opens without a word, whatever was left behind
        for ident in kept.ids():
            study = kept.find(ident)
            assert study is not None
            assert study.images[0].pixels.shape == (1, *SIZE)
            assert [int(region.array.sum()) for region in study.regions] == [16]
            saved += 1
    assert saved > 0, "none of them came to save anything"


@pytest.mark.parametrize("step", ["write_mask", "write_collection"])
def test_a_save_that_breaks_off_leaves_what_was(
    kept: Corrections, collection: Collection, beside: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    kept.save(drawn(first=2, last=6))
    before = (beside / STUDIES).read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(f"polyclinic.serving.workbench.corrections.{step}", full)
    with pytest.raises(OSError, match="no space"):
        kept.save(drawn(first=0, last=9))
    assert (beside / STUDIES).read_bytes() == before
    assert Corrections(collection, beside).find("a-2").regions[0].array.sum() == 16  # type: ignore[union-attr]


def test_two_workbenches_do_not_lose_each_others_corrections(collection: Collection, beside: Path) -> None:
    first, second = Corrections(collection, beside), Corrections(collection, beside)
    first.save(drawn())
    second.save(Correction("a-1", 0, "heart", {0: square(SIZE, 1, 3)}, base=0))
    assert sorted(Corrections(collection, beside).ids()) == ["a-1", "a-2"]


def test_masks_are_pictures_of_black_and_white(kept: Corrections, beside: Path) -> None:
    kept.save(drawn())
    (path,) = (beside / "masks").iterdir()
    assert np.unique(np.asarray(Pillow.open(path))).tolist() == [0, 255]
