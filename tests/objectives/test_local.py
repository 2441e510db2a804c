"""Local losses against loops."""

import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.objectives.local import (
    clipped_weights,
    concept_contrast,
    span_means,
    token_alignment,
    word_contrast,
)


def unit(*shape: int) -> Tensor:
    return F.normalize(torch.randn(*shape, dtype=torch.float64), dim=-1)


def test_alignment_is_the_sum_over_items_one_by_one() -> None:
    torch.manual_seed(0)
    words, places = unit(2, 4, 5), unit(2, 3, 5)
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    weight = clipped_weights(torch.rand(2, 4), mask).double()
    expected = torch.zeros((), dtype=torch.float64)
    for i, count in enumerate((4, 2)):
        w, p = words[i, :count], places[i]
        crossed = F.normalize((w @ p.T / 0.1).softmax(1) @ p, dim=-1)
        logits = w @ crossed.T / 0.1
        own = torch.arange(count)
        for way in (logits, logits.T):
            expected += (F.cross_entropy(way, own, reduction="none") * weight[i, :count]).sum() / 4
    found = token_alignment(
        words, places, weight, mask_BQ=mask, mask_BN=torch.ones(2, 3, dtype=torch.bool), temperature=0.1
    )
    torch.testing.assert_close(found, expected)


def test_keys_that_are_padding_get_no_attention() -> None:
    torch.manual_seed(0)
    places, words = unit(1, 3, 5), unit(1, 4, 5)
    mask, weight = torch.tensor([[True, True, False, False]]), torch.full((1, 3), 1 / 3)
    whole = torch.ones(1, 3, dtype=torch.bool)
    cut = token_alignment(places, words[:, :2], weight, mask_BQ=whole, mask_BN=mask[:, :2], temperature=0.1)
    padded = token_alignment(places, words, weight, mask_BQ=whole, mask_BN=mask, temperature=0.1)
    torch.testing.assert_close(padded, cut)


def test_weights_sum_to_one_and_are_clipped() -> None:
    attention = torch.tensor([[0.0, 1.0, 2.0, 3.0, 100.0, 7.0], [1.0] * 6])
    mask = torch.tensor([[True] * 5 + [False], [False] * 6])
    weight = clipped_weights(attention, mask, low=0.25, high=0.75)
    torch.testing.assert_close(weight[0] * 10, torch.tensor([1.0, 1.0, 2.0, 3.0, 3.0, 0.0]))
    assert weight[1].sum() == 0


def test_words_that_are_padding_do_not_count() -> None:
    torch.manual_seed(0)
    places, words = torch.randn(3, 4, 5), torch.randn(3, 6, 5)
    mask = torch.tensor([[True, True, False]] * 3)
    cut = word_contrast(places, words[:, :2], mask[:, :2])
    torch.testing.assert_close(word_contrast(places, words[:, :3], mask), cut)
    assert not torch.allclose(word_contrast(places, words[:, :3], torch.ones_like(mask)), cut)


def test_a_concept_is_judged_by_its_best_place() -> None:
    places = torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]]])
    concepts, own = torch.tensor([[0.0, 1.0]]), torch.tensor([[True], [False]])
    loss = concept_contrast(places, concepts, own, torch.tensor(0.0), torch.tensor(0.5))
    torch.testing.assert_close(loss, F.softplus(torch.tensor(-1.5)) + F.softplus(torch.tensor(0.5)))
    assert concept_contrast(places, concepts[:0], own[:, :0], torch.tensor(0.0), torch.tensor(0.0)).item() == 0


def test_spans_are_averaged() -> None:
    tokens = torch.tensor([[[1.0], [2.0], [4.0]], [[8.0], [16.0], [32.0]]])
    assert span_means(tokens, torch.tensor([[0, 1, 3], [1, 0, 2]]))[:, 0].tolist() == [3, 12]
