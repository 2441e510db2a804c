"""What is this system's own: which wrong partners count, the frozen look, and the readers of texts."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic.cli.show import parameter_count
from polyclinic.parts.text.grams import Grams
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import image_text_ranking
from polyclinic.systems.image_text_ranking import PRESETS, Config, Model, mirrored

STUDIES = [study for i in range(5) for study in Phantom("cortex", 3, Dials(size=64)).studies(i)]
GOLDEN = 1.3430


def made(config: Config) -> tuple[Model, dict[str, Any]]:
    """A fresh model without dropout and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(dataclasses.replace(config, dropout=0.0), STUDIES)
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])


def costs(model: Model, batch: dict[str, Any]) -> tuple[list[list[float]], list[list[float]]]:
    """For each pair, what each wrong text and what each wrong image costs, written out."""
    with torch.no_grad():
        image, text = model.image_vectors(model.look(batch["pictures"])), model.text_vectors(model.read(batch["texts"]))
    score = (image @ text.T).tolist()
    pairs = range(len(score))
    texts = [[max(0.0, 0.2 - score[i][i] + score[i][j]) for j in pairs if j != i] for i in pairs]
    images = [[max(0.0, 0.2 - score[i][i] + score[j][i]) for j in pairs if j != i] for i in pairs]
    return texts, images


@pytest.mark.parametrize(
    ("preset", "text_share", "count"),
    [("nano", 0.5, sum), ("texts", 1.0, sum), ("images", 0.0, sum), ("hardest", 0.5, max)],
)
def test_the_loss_counts_the_wrong_partners_that_were_asked_for(preset: str, text_share: float, count: Any) -> None:
    model, batch = made(PRESETS[preset])
    texts, images = costs(model, batch)
    expected = np.mean(
        [text_share * count(t) + (1 - text_share) * count(i) for t, i in zip(texts, images, strict=True)]
    )
    assert model(batch)["loss"].item() == pytest.approx(expected, abs=1e-5)


def test_pairs_tell_a_text_from_its_mirrored_twin_and_single_words_do_not() -> None:
    text = "A star in the lower left quarter. A circle in the upper right quarter."
    twin = mirrored(text)
    assert twin is not None
    for preset, same in (("nano", False), ("words", True)):
        one, other = made(PRESETS[preset])[0].eval().embed_texts([text, twin])
        assert np.allclose(one, other, atol=image_text_ranking.EVEN) is same


def test_one_at_random_is_another_each_time_and_never_an_own_text() -> None:
    model, batch = made(PRESETS["random"])
    torch.manual_seed(1)
    assert len({model(batch)["loss"].item() for _ in range(4)}) > 1
    batch["index"] = torch.zeros_like(batch["index"])  # all texts are of one image
    assert model(batch)["loss"].item() == 0


def test_the_look_does_not_learn_and_tells_places_apart() -> None:
    model, batch = made(PRESETS["nano"])
    model.train()
    before = {name: value.clone() for name, value in model.image_encoder.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
    model(batch)["loss"].backward()
    optimiser.step()
    assert not model.image_encoder.encoder.training
    assert all(torch.equal(before[name], value) for name, value in model.image_encoder.state_dict().items())
    pictures = batch["pictures"][:1]
    one, turned = (model.look(each).pooled_BE for each in (pictures, pictures.flip(-1)))
    assert one.shape == (1, 4 * 4 * 96)
    assert not torch.allclose(one, turned, atol=1e-2)


def test_readers_differ_in_what_order_they_see() -> None:
    """Two texts of the same words in another order, and which readers find them to be the same."""
    words = ["a b c a d", "a d a b c"]
    for reading, differ in (("words", False), ("pairs", True), ("order", True)):
        model, _ = made(dataclasses.replace(PRESETS["nano"], reading=reading))
        runs, gap = image_text_ranking.GRAMS[reading]
        model.tokens = Grams.trained(words, len(model.tokens), runs=runs, gap=gap)
        model.eval()
        one, other = model.embed_texts(words)
        assert np.allclose(one, other, atol=1e-6) != differ, reading


def test_golden_loss() -> None:
    model, batch = made(PRESETS["nano"])
    assert model(batch)["loss"].item() == pytest.approx(GOLDEN, abs=1e-4)


def test_the_papers_size() -> None:
    """A ResNet-50 without its classes, a bag of 10,000 grams, and layers of 1,000 and 500."""
    bag = 10_000 * 1000 + 1000 + 1000 * 1000 + 1000
    heads = 2048 * 1000 + 1000 + 2 * (1000 * 500 + 500)
    assert parameter_count(image_text_ranking, PRESETS["paper"]) == 23_508_032 + bag + heads + 1
