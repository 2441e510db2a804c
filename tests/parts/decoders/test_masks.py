"""Masks from queries."""

import torch

from polyclinic.parts.decoders.masks import MaskDecoder


def test_a_mask_is_a_comparison_with_each_pixel() -> None:
    torch.manual_seed(0)
    decoder = MaskDecoder(width_query=4, width_pixel=3)
    query, pixel = torch.randn(2, 5, 4), torch.randn(2, 3, 6, 7)
    logits = decoder(query, pixel)
    vectors = decoder.project(query)[1, 2].reshape(2, 2, 3)  # one for each sub-pixel of a cell
    assert logits.shape == (2, 5, 12, 14)
    cell = pixel[1, :, 3, 4]
    torch.testing.assert_close(logits[1, 2, 6:8, 8:10], vectors @ cell + decoder.bias)


def test_no_query_gives_no_mask_and_a_gradient() -> None:
    decoder = MaskDecoder(width_query=4, width_pixel=3)
    logits = decoder(torch.zeros(2, 0, 4), torch.randn(2, 3, 6, 7))
    assert logits.shape == (2, 0, 12, 14)
    logits.sum().backward()
    assert decoder.bias.grad is not None
