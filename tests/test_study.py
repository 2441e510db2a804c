"""The record: masks, slices, priors, and its plain form."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from polyclinic.errors import PixelError, RecordError
from polyclinic.study import Finding, Image, Mask, MaskFile, Outcome, Region, Report, Source, Study, Turn

MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=3, max_side=9))


@given(MASKS)
def test_masks_survive_run_lengths(mask: np.ndarray) -> None:
    packed = Mask.from_array(mask)
    assert sum(packed.counts) == mask.size
    assert (packed.array() == mask).all()


@pytest.mark.parametrize(
    ("mask", "counts"),
    [
        ([[0, 0], [0, 0]], (4,)),
        ([[1, 1], [1, 1]], (0, 4)),
        ([[1, 0], [0, 0]], (0, 1, 3)),
        ([[0, 1], [0, 1]], (2, 2)),
    ],
)
def test_run_lengths_go_down_the_columns(mask: list[list[int]], counts: tuple[int, ...]) -> None:
    assert Mask.from_array(np.array(mask)).counts == counts


def test_a_mask_file_selects_value_and_slice() -> None:
    labels = np.array([[[0, 1]], [[2, 2]]])
    load = lambda: labels  # noqa: E731
    assert MaskFile("m", load=load).array().tolist() == [[[False, True]], [[True, True]]]
    assert MaskFile("m", 1, load=load).array().tolist() == [[[False, True]], [[False, False]]]
    assert MaskFile("m", 2, 1, load=load).array().tolist() == [[True, True]]
    with pytest.raises(PixelError, match="no slice 2"):
        MaskFile("m", 2, 2, load=load).array()
    with pytest.raises(PixelError, match="no loader"):
        MaskFile("m").array()


class Told:
    """A loader that knows its shape and refuses to load."""

    def __init__(self, *shape: int) -> None:
        self._shape = shape

    def __call__(self) -> np.ndarray:
        raise AssertionError("the pixels were read")

    def shape(self) -> tuple[int, ...]:
        return self._shape


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image("a.PNG"), False),
        (Image("a.nii.gz", slice=3), False),
        (Image("a.tif", spacing_mm=(2.0, 1.0, 1.0)), True),
        (Image("a.dcm", spacing_mm=(1.0, 1.0), load=Told(1, 9, 4, 4)), False),
        (Image("a.tif", load=Told(1, 9, 4, 4)), True),
        (Image("a.nii.gz", load=Told(3, 4, 4)), False),
        (Image("memory", load=lambda: np.zeros((1, 2, 4, 4))), True),
        (Image("memory", load=lambda: np.zeros((1, 4, 4))), False),
    ],
)
def test_a_volume_is_told_by_record_header_or_pixels_in_this_order(image: Image, expected: bool) -> None:
    assert image.is_volume is expected


def test_nothing_tells_whether_an_image_without_loader_is_a_volume() -> None:
    with pytest.raises(PixelError, match="no loader"):
        _ = Image("a.nii.gz").is_volume


def test_an_image_selects_its_slice() -> None:
    volume = np.arange(8).reshape(1, 2, 2, 2)
    assert Image("v", slice=1, load=lambda: volume).pixels.tolist() == [[[4, 5], [6, 7]]]
    for wrong in (2, -1):
        with pytest.raises(PixelError, match="no slice"):
            _ = Image("v", slice=wrong, load=lambda: volume).pixels
    with pytest.raises(PixelError, match="no slice"):
        _ = Image("v", slice=0, load=lambda: volume[:, 0]).pixels


@pytest.mark.parametrize(("values", "told"), [([[np.nan]], "no finite value"), (np.zeros((0, 3)), "is empty")])
def test_unusable_pixels_are_refused(values: object, told: str) -> None:
    with pytest.raises(PixelError, match=told):
        _ = Image.from_array(np.asarray(values)).pixels


def test_the_prior_is_marked_by_a_negative_time() -> None:
    before = Study("a", "p", images=(Image("a.png", time_days=10.0),))
    after = Study("b", "p", images=(Image("b.png", time_days=40.0),)).with_prior(before)
    assert [image.time_days for image in after.images] == [0.0, -30.0]
    assert [image.path for image in after.current_images] == ["b.png"]
    assert [image.path for image in after.prior_images] == ["a.png"]


TEXTS = st.text(max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
BOXES = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
REGIONS = st.builds(
    Region,
    name=TEXTS,
    kind=st.none() | TEXTS,
    image=st.just(0),
    box=st.none() | BOXES,
    mask=st.none() | MASKS.map(Mask.from_array) | st.builds(MaskFile, TEXTS, st.none() | st.integers(0, 9)),
    points=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=2).map(tuple),
    attributes=st.dictionaries(TEXTS, TEXTS | NUMBERS, max_size=2),
    score=st.none() | NUMBERS,
    text=st.none() | TEXTS,
)
IMAGES = st.builds(
    Image,
    path=TEXTS,
    modality=st.none() | st.sampled_from(["CT", "DX"]),
    channels=st.lists(TEXTS, max_size=2).map(tuple),
    spacing_mm=st.none() | st.tuples(NUMBERS, NUMBERS),
    time_days=st.none() | NUMBERS,
    slice=st.none() | st.integers(0, 99),
)
TURNS = st.builds(
    Turn, TEXTS, TEXTS, st.sampled_from(["open", "closed"]), regions=st.lists(REGIONS, max_size=1).map(tuple)
)
STUDIES = st.builds(
    Study,
    id=TEXTS,
    subject=TEXTS,
    domain=st.none() | TEXTS,
    images=st.lists(IMAGES, min_size=1, max_size=2).map(tuple),
    report=st.none() | st.builds(Report, st.dictionaries(TEXTS, TEXTS, max_size=3), st.sampled_from(["en", "zh"])),
    captions=st.lists(TEXTS, max_size=2).map(tuple),
    findings=st.lists(
        st.builds(Finding, TEXTS, st.none() | st.booleans(), st.none() | REGIONS, change=st.none() | st.just("new")),
        max_size=2,
    ).map(tuple),
    regions=st.lists(REGIONS, max_size=2).map(tuple),
    turns=st.lists(TURNS, max_size=2).map(tuple),
    labels=st.dictionaries(TEXTS, TEXTS | NUMBERS | st.booleans(), max_size=3),
    outcome=st.none() | st.builds(Outcome, NUMBERS, st.booleans()),
    source=st.none() | st.builds(Source, TEXTS),
    split=st.none() | st.sampled_from(["train", "test"]),
)


@given(STUDIES)
def test_studies_survive_json(study: Study) -> None:
    assert Study.from_json(json.loads(json.dumps(study.to_json()))) == study


def test_empty_fields_are_left_out() -> None:
    assert Study("a", "p").to_json() == {"id": "a", "subject": "p"}


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"id": "a"}, "f:1: Study lacks the field 'subject'"),
        ({"id": 1, "subject": "p"}, "f:1.id: expected text, got 1"),
        ({"id": "a", "subject": "p", "colour": 1}, "f:1: unknown field 'colour' in Study"),
        ({"id": "a", "subject": "p", "images": [{"path": 3}]}, r"f:1.images\[0\].path: expected text"),
        ({"id": "a", "subject": "p", "images": {}}, "f:1.images: expected a list"),
        ({"id": "a", "subject": "p", "turns": [{"question": "q", "answer": "a", "kind": "x"}]}, "one of open, closed"),
        ({"id": "a", "subject": "p", "labels": {"x": None}}, "f:1.labels.x: expected"),
        ([], "f:1: expected an object"),
    ],
)
def test_what_breaks_the_schema_is_named(record: object, told: str) -> None:
    with pytest.raises(RecordError, match=told):
        Study.from_json(record, "f:1")  # type: ignore[arg-type]
