"""Ranking losses that can be added up by hand."""

import torch

from polyclinic.objectives.ranking import Negatives, ranking_loss

# Cosines: image rows, text columns.
IMAGES = torch.eye(3)
TEXTS = torch.tensor([[0.5, 0.4, 0.0], [0.4, 0.5, 0.0], [0.0, 0.3, 0.5]])
OWN = torch.arange(3)


def loss(**settings: object) -> float:
    return round(ranking_loss(IMAGES, TEXTS, OWN, margin=0.2, **settings).item(), 4)  # type: ignore[arg-type]


def test_each_side_has_its_own_negatives() -> None:
    # Costs of wrong texts: image 0 from text 1 0.1; image 1 from text 0 0.1; no others. 0.2 / 3.
    assert loss(text_share=1.0) == 0.0667
    assert loss(text_share=0.0) == 0.0667
    tight = ranking_loss(IMAGES, TEXTS, OWN, margin=0.25, text_share=1.0)
    # image 1 from text 2 costs another 0.05
    assert round(tight.item(), 4) == round((0.15 + 0.15 + 0.05) / 3, 4)
    # and the texts' side: text 2 from image 1
    assert round(ranking_loss(IMAGES, TEXTS, OWN, margin=0.25, text_share=0.0).item(), 4) == round(0.35 / 3, 4)


def test_the_hardest_is_one_a_pair() -> None:
    hard = ranking_loss(IMAGES, TEXTS, OWN, margin=0.25, text_share=1.0, negatives=Negatives.HARDEST)
    assert round(hard.item(), 4) == round((0.15 + 0.15) / 3, 4)


def test_texts_of_one_image_are_not_wrong() -> None:
    siblings = torch.tensor([0, 0, 1])
    assert ranking_loss(IMAGES, TEXTS, siblings, margin=0.2).item() == 0


def test_random_ones_are_wrong_ones_and_follow_the_generator() -> None:
    draws = [
        ranking_loss(
            IMAGES, TEXTS, OWN, margin=0.2, negatives=Negatives.RANDOM, generator=torch.Generator().manual_seed(seed)
        ).item()
        for seed in (*range(40), 0)
    ]
    assert draws[0] == draws[-1]
    assert len(set(draws)) > 1
    assert max(draws) <= 0.0668
