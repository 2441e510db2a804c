from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import ReadError, RecordError, UsageError
from polyclinic.serving.workbench.bench import Bench, planes_from
from polyclinic.serving.workbench.corrections import Correction
from polyclinic.serving.workbench.prompting import Pointing
from polyclinic.serving.workbench.worklist import Filter
from polyclinic.store.collection import STUDIES, Collection, open_collection
from polyclinic.store.lines import LineStudies, open_lines
from polyclinic.study import Mask, Study

from .conftest import DEPTH, SIZE, square


def test_about_tells_of_collection_and_model(bench: Bench) -> None:
    told = bench.about()
    assert (told["state"], told["name"], told["studies"], told["corrected"]) == ("ready", "set", 3, 0)
    assert told["model"]["name"] == "draws"
    assert told["corrections"] == "set-corrected"


def test_a_collection_that_cannot_be_read_is_said_again_to_whoever_asks(tmp_path: Path) -> None:
    def open_it() -> Collection:
        raise ReadError("damaged", hint="copy it again")

    bench = Bench(open_it)
    bench.wait(5)
    assert bench.about() | {"model": None} == {
        "state": "failed", "error": "damaged", "hint": "copy it again", "model": None, "models": [], "listed": 0
    }  # fmt: skip
    with pytest.raises(ReadError, match="damaged"):
        bench.study("a-1")


def test_how_far_the_collection_is_read_is_told_while_it_is(root: Path) -> None:
    go_on, half = threading.Event(), threading.Event()

    class Slow(LineStudies):
        def outlines(self) -> Iterator[Study]:
            for number, study in enumerate(super().outlines()):
                if number == 2:
                    half.set()
                    go_on.wait(10)
                yield study

    bench = Bench(lambda: replace(open_lines(root), studies=Slow(root)))
    assert half.wait(10)
    assert (bench.about()["state"], bench.about()["listed"]) == ("reading", 2)
    go_on.set()
    bench.wait(10)
    assert (bench.about()["state"], bench.about()["listed"], bench.about()["studies"]) == ("ready", 3, 3)


def test_a_line_that_breaks_the_schema_in_what_no_list_shows_is_told_when_it_is_opened(root: Path) -> None:
    lines = (root / STUDIES).read_text("utf-8").splitlines()
    lines[0] = json.dumps(json.loads(lines[0]) | {"turns": [{"question": 5}]})
    (root / STUDIES).write_text("\n".join(lines), "utf-8")
    bench = Bench(lambda: open_lines(root))
    bench.wait(10)
    assert bench.listed(Filter(), 0, 10)[0].total == 3
    with pytest.raises(RecordError, match=r"studies\.jsonl:1\.turns"):
        bench.study("a-2")
    assert bench.study("a-1").id == "a-1"


def test_the_corrected_study_comes_in_place_of_the_first(bench: Bench) -> None:
    bench.corrections.save(Correction("a-2", 0, "heart", {0: square(SIZE, 0, 2)}, base=0))
    (overlay,) = bench.overlays("a-2", 0, "z", 0)
    assert (overlay["corrected"], overlay["mask"]["size"]) == (True, list(SIZE))
    assert bench.study("a-1").regions[0].array.sum() == 25


def test_overlays_of_a_volume_are_cut_like_its_planes(bench: Bench) -> None:
    bench.corrections.save(Correction("b-1", 0, "liver", {2: square(SIZE, 4, 9)}))
    (along_z,) = bench.overlays("b-1", 0, "z", 2)
    (along_x,) = bench.overlays("b-1", 0, "x", 4)
    assert sum(along_z["mask"]["counts"][1::2]) == 25
    assert along_x["mask"]["size"] == [DEPTH, SIZE[0]]
    assert sum(along_x["mask"]["counts"][1::2]) == 5


def test_rows_by_likeness_begin_with_the_study_itself(bench: Bench) -> None:
    page, scores = bench.listed(Filter(modality="DX"), 0, 10, like="a-1")
    assert page.rows[0].id == "a-1"
    assert scores[1] == pytest.approx(1.0)
    assert bench.listed(Filter(), 0, 10, like="text:anything")[0].total > 0


def test_prompts_are_asked_of_one_slice_of_a_volume(bench: Bench) -> None:
    assert bench.segment("b-1", 0, Pointing("liver"), index=3)[0].array.shape == SIZE
    with pytest.raises(UsageError, match="no slice 6"):
        bench.segment("b-1", 0, Pointing("liver"), index=DEPTH)


def test_a_point_keeps_the_part_it_touches(bench: Bench) -> None:
    (region,) = bench.segment("a-1", 0, Pointing("nodule", points=((11, 11),)))
    assert (region.name, region.box) == ("nodule", (10.0, 10.0, 14.0, 14.0))
    (unnamed,) = bench.segment("a-1", 0, Pointing(points=((4, 4),)))
    assert unnamed.name == "small"


def test_words_find_boxes(bench: Bench) -> None:
    assert bench.find("a-1", 0, "nodule")[0].box == (1.0, 2.0, 3.0, 4.0)


@pytest.mark.parametrize(("ident", "image"), [("nobody", 0), ("../set", 0), ("a-1", 1)])
def test_studies_are_found_by_id_alone(bench: Bench, ident: str, image: int) -> None:
    with pytest.raises(UsageError):
        bench.image(ident, image)


@pytest.mark.parametrize(
    "mask", [Mask((2, 2), (1, 2)), Mask((2, 2), (5, -1)), Mask((4,), (4,)), Mask((0, 4), ()), Mask((2, 2, 1), (4,))]
)
def test_run_lengths_that_fill_no_plane_are_refused(mask: Mask) -> None:
    with pytest.raises(UsageError, match="plane 0"):
        planes_from({0: mask}, (2, 2))


def test_run_lengths_come_back_as_they_were_drawn() -> None:
    drawn = square((4, 6), 1, 3)
    assert np.array_equal(planes_from({5: Mask.from_array(drawn)}, (4, 6))[5], drawn)


def test_corrections_go_where_they_are_told(root: Path, tmp_path: Path) -> None:
    bench = Bench(lambda: open_collection(root), corrections=tmp_path / "mine")
    bench.wait(5)
    bench.corrections.save(Correction("a-2", 0, "heart", {0: square(SIZE, 0, 2)}))
    assert (tmp_path / "mine" / "collection.json").is_file()
