"""Pictures with texts, drawn from Studies."""

from collections.abc import Sequence

import numpy as np
import pytest

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.dual_encoder import Outlook, PairView
from polyclinic.bodies.dual_encoder.speaking import whole
from polyclinic.errors import ReadError, TrainingError
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.study import Image, Report, Study


def broken() -> np.ndarray:
    raise ReadError("damaged")


def study(number: int, load: object = None, text: str = "clear lungs") -> Study:
    """A Study whose picture is as grey as its number."""
    pixels = np.full((1, 8, 8), number, np.uint8)
    image = Image(path=f"{number}.png", modality="DX", load=load or (lambda: pixels))  # type: ignore[arg-type]
    report = Report({"findings": text}) if text else None
    return Study(id=f"s{number}", subject=f"p{number}", images=(image,), report=report)


def view(studies: Sequence[Study]) -> PairView:
    """Without augmentation."""
    tokens = WordPieces.trained(["clear lungs"], 64)
    return PairView(studies, outlook=Outlook(16, 1), tokens=tokens, longest=8, speak=whole, augment=Augmentation())


def test_a_batch_has_pictures_and_tokens() -> None:
    made = view([study(10), study(20)])
    batch = made.collate([made.sample(i, np.random.default_rng(i)) for i in range(2)])
    assert batch["pictures"].shape == (2, 1, 16, 16)
    assert batch["pictures"][:, 0, 0, 0].tolist() == [10, 20]
    assert batch["texts"].mask_BL.all()
    assert batch["index"].tolist() == [0, 1]


def test_studies_without_image_or_text_are_left_out() -> None:
    made = view([study(1, text=""), Study(id="x", subject="x", images=(), report=Report({"findings": "a"})), study(2)])
    assert [kept.id for kept in made.studies] == ["s2"]


def test_what_cannot_be_read_gives_way() -> None:
    made = view([study(1, load=broken), study(2)])
    assert made.sample(0, np.random.default_rng(0))["index"] == 1
    with pytest.raises(TrainingError, match="20 studies in a row"):
        view([study(1, load=broken)]).sample(0, np.random.default_rng(0))


def test_a_picture_is_read_once() -> None:
    reads = []

    def load() -> np.ndarray:
        reads.append(1)
        return np.zeros((1, 8, 8), np.uint8)

    made = view([study(1, load=load)])
    for _ in range(3):
        made.sample(0, np.random.default_rng(0))
    assert len(reads) == 1
