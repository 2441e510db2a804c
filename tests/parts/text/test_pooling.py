"""Poolings on hidden states that can be added up by hand."""

import torch

from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.pooling import largest_token, mean_of_layers, summed_words, word_mask

# One text of [CLS], a word in two pieces, a word, [SEP], padding; the last layer is ten times the first.
TEXTS = TokenBatch(
    torch.zeros(1, 6, dtype=torch.long),
    torch.tensor([[True, True, True, True, True, False]]),
    torch.tensor([[-1, 0, 0, 1, -1, -1]]),
)
LAYER = torch.tensor([[[1.0], [2.0], [3.0], [4.0], [5.0], [9.0]]])
LAYERS = (LAYER, 10 * LAYER)


def test_the_largest_token_is_a_real_one() -> None:
    assert largest_token(LAYERS, TEXTS)[0].item() == 50


def test_the_mean_leaves_padding_out_unless_asked() -> None:
    assert mean_of_layers((0, -1))(LAYERS, TEXTS)[0].item() == 5.5 * 3
    assert mean_of_layers((0, -1), padding=True)(LAYERS, TEXTS)[0].item() == 5.5 * 4


def test_pieces_are_added_up_to_words() -> None:
    pooled, words = summed_words(2)(LAYERS, TEXTS)
    assert pooled.item() == 11
    assert words[0, :, 0].tolist() == [55, 44, 0, 0, 0, 0]
    assert word_mask(TEXTS).tolist() == [[True, True, False, False, False, False]]
