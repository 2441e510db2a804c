"""What a dual encoder derives from Studies."""

import numpy as np
import pytest

from polyclinic.bodies.dual_encoder.outlook import corpus, derive_outlook, presence, texts_of
from polyclinic.errors import TrainingError
from polyclinic.study import Finding, Image, Report, Study


def image(channels: int, colour: bool) -> Image:
    """A grey or a coloured image."""
    pixels = np.zeros((channels, 8, 8), np.uint8)
    pixels[0] += 9 * colour
    return Image(path="a.png", modality="XC", load=lambda: pixels)


def study(number: int = 0, **known: object) -> Study:
    """A Study with a grey image."""
    return Study(**{"id": f"s{number}", "subject": f"p{number}", "images": (image(1, False),)} | known)  # type: ignore[arg-type]


def test_classes_are_findings_and_label_values() -> None:
    studies = [
        study(0, findings=(Finding("mass", True), Finding("effusion", False)), labels={"view": "PA", "age": 40}),
        study(1, findings=(Finding("mass", None),), labels={"view": "AP"}),
    ]
    outlook = derive_outlook(studies, 64)
    assert outlook.classes == ("effusion", "mass", "AP", "PA")
    assert outlook.image_size == 64


@pytest.mark.parametrize(("channels", "colour", "expected"), [(1, False, 1), (3, False, 1), (3, True, 3), (4, True, 3)])
def test_colour_is_seen_in_the_pixels(channels: int, colour: bool, expected: int) -> None:
    assert derive_outlook([study(images=(image(channels, colour),))], 64).channels == expected


def test_no_readable_image_is_an_error() -> None:
    with pytest.raises(TrainingError, match="not one of 1 studies"):
        derive_outlook([study(images=())], 64)


def test_presence_parts_unknown_from_absent() -> None:
    known = presence(
        [study(findings=(Finding("a", True), Finding("b", False), Finding("c", None)))], ["a", "b", "c", "d"]
    )
    np.testing.assert_array_equal(known, [[1.0, 0.0, np.nan, np.nan]])
    assert presence([], ["a"]).shape == (0, 1)


def test_texts_are_findings_impression_and_captions() -> None:
    report = Report({"indication": "Cough.", "findings": "A mass.", "impression": "Mass."})
    told = study(report=report, captions=("Figure 1.",), findings=(Finding("mass", True),))
    assert texts_of(told) == ["A mass.", "Mass.", "Figure 1."]
    assert texts_of(study(report=Report({"note": "All of it."}))) == ["All of it."]
    assert corpus([told])[-1] == "mass"
