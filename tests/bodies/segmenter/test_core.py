"""The segmenter as a whole: it learns, draws in the input's geometry, narrows down by prompts, and comes back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic.errors import CheckpointError, UsageError
from polyclinic.metrics.masks import dice
from polyclinic.study import Mask, Region, Study

from .conftest import Toy, ToyConfig, discs, study

MM = (4.0, 1.0, 1.0)


def trained(studies: Sequence[Study], config: ToyConfig, steps: int = 40) -> Toy:
    torch.manual_seed(0)
    model = Toy.from_studies(config, studies)
    view, optimiser = model.view(studies), torch.optim.Adam(model.parameters(), 1e-2)
    for step in range(steps):
        rng = np.random.default_rng(step)
        loss = model(view.collate([view.sample(int(rng.integers(len(view))), rng) for _ in range(4)]))["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def scores(model: Toy, studies: Sequence[Study]) -> float:
    drawn = model.segment(studies, [[]] * len(studies))
    return float(
        np.mean([dice(s.regions[0].array, regions[0].array) for s, regions in zip(studies, drawn, strict=True)])
    )


@pytest.fixture(scope="module")
def flat() -> Toy:
    return trained(discs(12), ToyConfig())


def test_it_learns_pictures(flat: Toy) -> None:
    assert scores(flat, discs(16)[12:]) > 0.9


def test_it_learns_volumes_of_any_spacing() -> None:
    studies = discs(12, depth=12, spacing_mm=MM)
    model = trained(studies, ToyConfig(dimensions=3, patch=12), steps=30)
    assert scores(model, discs(16, depth=12, spacing_mm=MM)[12:]) > 0.85
    fine = discs(16, depth=12, spacing_mm=(2.0, 0.5, 0.5))[12:]
    (drawn,) = model.segment(fine[:1], [["square"]])[0]
    assert drawn.array.shape == (12, 24, 24)
    assert drawn.box is not None
    assert len(drawn.box) == 6


def test_a_model_of_pictures_goes_through_a_volume(flat: Toy) -> None:
    (volume,) = discs(1, depth=10, spacing_mm=MM)
    (drawn,) = flat.segment([volume], [["square"]])[0]
    planes = [study(volume.images[0].pixels[:, z], modality="MR") for z in range(10)]
    alone = [regions[0].array for regions in flat.segment(planes, [[]] * 10)]
    np.testing.assert_array_equal(drawn.array, np.stack(alone))
    assert dice(volume.regions[0].array, drawn.array) > 0.8


def test_prompts_narrow_down(flat: Toy) -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((24, 24), bool)
    mask[2:9, 2:9] = mask[14:22, 13:21] = True
    two = study((rng.normal(size=mask.shape) + 4 * mask)[None])
    scribble = np.zeros_like(mask)
    scribble[16, 15:18] = True
    prompts: list[str | Region] = [
        "square",
        Region("square", box=(0, 0, 12, 12)),
        Region("square", points=((4.0, 5.0),)),
        Region("square", mask=Mask.from_array(scribble)),
        Region("", box=(0, 0, 12, 12)),
    ]
    both, boxed, pointed, scribbled, nameless = (r.array for r in flat.segment([two], [prompts])[0])
    assert dice(both, mask) > 0.85
    assert not boxed[:, 12:].any()
    assert not boxed[12:].any()
    np.testing.assert_array_equal(boxed, nameless)
    assert pointed[5, 4]
    assert not pointed[16, 16]
    assert scribbled[16, 16]
    assert not scribbled[5, 4]


def test_options_of_drawing(flat: Toy) -> None:
    rng = np.random.default_rng(0)
    mask = np.zeros((24, 24), bool)
    mask[2:5, 2:5] = mask[14:22, 13:21] = True
    two = study((rng.normal(size=mask.shape) + 4 * mask)[None])
    flat_largest = Toy(ToyConfig(largest=True, flips=True), flat.plan)
    flat_largest.load_state_dict(flat.state_dict())
    (all_of_it,), (largest,) = (model.eval().segment([two], [["square"]])[0] for model in (flat, flat_largest))
    assert all_of_it.array[3, 3]
    assert not largest.array[3, 3]
    assert largest.array[17, 17]


def test_names_that_it_cannot_draw(flat: Toy) -> None:
    with pytest.raises(UsageError, match="cannot draw 'heart'") as told:
        flat.segment(discs(1), [["heart"]])
    assert "square" in str(told.value.hint)


def test_words_reach_an_open_vocabulary(flat: Toy) -> None:
    asked: list[tuple[Any, Any]] = []

    class Spoken(Toy):
        """Draws whatever is asked for, everywhere."""

        open_vocabulary = True

        def say(self, study: Study, rng: np.random.Generator | None) -> str:
            return f"about {study.id}"

        def logits(self, image_BCX: torch.Tensor, texts: Sequence[str], names: Sequence[str]) -> list[torch.Tensor]:
            asked.append((list(texts), list(names)))
            return [torch.ones(len(image_BCX), len(names), *image_BCX.shape[2:])]

    model = Spoken(ToyConfig(), flat.plan)
    found = model.segment(discs(1), [["heart", "lung"]])[0]
    assert [r.name for r in found] == ["heart", "lung"]
    assert all(r.array.all() for r in found)
    assert asked[0] == (["about s0"] * len(asked[0][0]), ["heart", "lung"])
    model.segment(discs(1), [[Region("", box=(0, 0, 4, 4))]])
    assert asked[-1][1] == ["square"]  # who names nothing means all that was learned
    assert model.only_masks is None
    view = model.view(discs(2))
    assert view.collate([view.sample(1, np.random.default_rng(0))])["texts"] == ["about s1"]


def test_it_comes_back_from_disk(flat: Toy, tmp_path: Path) -> None:
    flat.save_pretrained(tmp_path)
    again = Toy.from_pretrained(tmp_path)
    assert again.plan == flat.plan
    assert again.segment(discs(2), [[]] * 2) == flat.segment(discs(2), [[]] * 2)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="no model of toy"):
        Toy.from_pretrained(tmp_path)


def test_volumes_are_whole_for_models_of_volumes() -> None:
    assert Toy.sees_volumes(ToyConfig(dimensions=3))
    assert not Toy.sees_volumes(ToyConfig())
