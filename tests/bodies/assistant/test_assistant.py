"""What the assistant derives, how it writes turns, and what its view gives."""

import dataclasses

import numpy as np
import pytest
import torch

from polyclinic.bodies.assistant.core import AssistantCore, Sight
from polyclinic.bodies.assistant.language import answer_segment, match_segment, normalised, phrase_segment
from polyclinic.bodies.assistant.reading import derive_reading
from polyclinic.bodies.assistant.verbs import Assistant
from polyclinic.bodies.assistant.view import AssistantView, Diet
from polyclinic.errors import TrainingError
from polyclinic.parts.text.tokens import Tokens
from polyclinic.phantom.world import Phantom
from polyclinic.study import Image, Study

DIET = Diet(1.0, answers=4, segments=2, finds=1, report=1.0, match=1.0, blind=0.0, longest=60)


@pytest.fixture(scope="module")
def studies() -> list[Study]:
    world = Phantom("chest", seed=5)
    return [study for i in range(5) for study in world.studies(i)]


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens.trained(["is there a mass", "yes", "no", "heart", "left lung"] * 4, 300)


def test_a_reading_of_grey_sided_films(studies: list[Study]) -> None:
    reading = derive_reading(studies, None)
    assert (reading.channels, reading.mirror, reading.flip) == (1, False, False)
    assert "heart" in reading.survey.concepts
    assert all(sum(share.values()) == pytest.approx(1) for share in reading.prevalence.values())


def test_a_collection_that_tells_no_sides_may_be_mirrored() -> None:
    image = Image.from_array(np.zeros((3, 8, 8), np.uint8) + np.arange(3, dtype=np.uint8)[:, None, None])
    reading = derive_reading([Study("a", "a", images=(image,), captions=("a cell",))], None)
    assert (reading.channels, reading.mirror, reading.flip) == (3, True, True)


def test_nothing_to_look_at() -> None:
    with pytest.raises(TrainingError, match="not one of 1"):
        derive_reading([Study("a", "a")], None)


def test_only_the_answer_is_learned(tokens: Tokens) -> None:
    segment = answer_segment(tokens, "Is there a mass?", "yes", evidence=[(0.0, 0.0, 0.5, 0.5)])
    said = segment.ids[segment.learned :]
    assert tokens.decode(said) == "yes"
    assert tokens.boxes(said) == [pytest.approx((1 / 128, 1 / 128, 65 / 128, 65 / 128))]
    assert said[-1] == tokens.id["<end>"]


def test_typing_does_not_matter(tokens: Tokens) -> None:
    assert normalised("  Is there\n a MASS? ") == "is there a mass"
    assert phrase_segment(tokens, "segment", "Heart.") == phrase_segment(tokens, "segment", "heart")
    assert not match_segment(tokens, "yes", 10).sees_image


def test_a_sample_is_a_function_of_its_arguments(studies: list[Study], tokens: Tokens) -> None:
    view = AssistantView(studies, derive_reading(studies, 64), tokens, DIET)
    one, two = (view.sample(1, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one["picture"], two["picture"])
    assert [s for _, s in one["turns"]] == [s for _, s in two["turns"]]
    assert view.sample(1, np.random.default_rng(8))["picture"].tobytes() != one["picture"].tobytes()


def test_quiet_samples_leave_rows_out(studies: list[Study], tokens: Tokens) -> None:
    view = AssistantView(studies, derive_reading(studies, 64), tokens, dataclasses.replace(DIET, talk=0.0))
    batch = view.collate([view.sample(i, np.random.default_rng(i)) for i in range(3)])
    assert len(batch["talking"]) == 0
    assert batch["pictures"].shape == (3, 1, 64, 64)
    assert torch.isfinite(batch["present"]).any()


def test_unreadable_studies_give_way(studies: list[Study], tokens: Tokens) -> None:
    broken = Study("broken", "broken", images=(Image("nowhere.png"),))
    view = AssistantView([broken, *studies], derive_reading(studies, 64), tokens, DIET)
    assert view.sample(0, np.random.default_rng(0))["picture"].shape == (1, 64, 64)
    with pytest.raises(TrainingError, match="in a row"):
        AssistantView([broken], derive_reading(studies, 64), tokens, DIET).sample(0, np.random.default_rng(0))


def test_the_body_is_the_core_with_verbs() -> None:
    assert issubclass(Assistant, AssistantCore)
    sight = Sight(
        torch.zeros(2, 3, 4), torch.ones(2, 3, dtype=torch.bool), torch.zeros(2, 1, 2, 2), None, torch.zeros(2)
    )
    assert sight.hidden(torch.tensor([True, False])).valid_BN.any(1).tolist() == [False, True]
