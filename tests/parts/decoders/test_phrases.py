"""Phrases to masks: items apart, words that matter, attention where the mask was, gradients everywhere."""

import torch

from polyclinic.parts.decoders.phrases import Asked, PhraseDecoder, PixelDecoder
from polyclinic.parts.decoders.queries import QueryDecoder, QueryLayer
from polyclinic.parts.features import Features
from polyclinic.parts.vision.conv import ConvEncoder

WIDTH = 16


def made() -> tuple[PhraseDecoder, torch.Tensor, Asked]:
    torch.manual_seed(0)
    encoder = ConvEncoder(channels=1, widths=(8, 16, 24), depths=(1, 1, 1))
    pixels = PixelDecoder(encoder=encoder, width=WIDTH, heads=2, hidden=16, depth=1)
    layers = [QueryLayer(width=WIDTH, heads=2, hidden=16, among=True) for _ in range(3)]
    queries = QueryDecoder(layers=layers, width=WIDTH)
    decoder = PhraseDecoder(pixels=pixels, queries=queries, count=4, width=WIDTH, width_text=6)
    texts = Features(torch.randn(3, 6), torch.randn(3, 5, 6))
    missing = torch.tensor([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
    return decoder, torch.randn(2, 1, 32, 32), Asked(texts, missing, torch.tensor([0, 0, 1]))


def silenced(layers: torch.nn.Module) -> None:
    """Whatever goes in, zeros come out."""
    for parameter in layers.parameters():
        torch.nn.init.zeros_(parameter)


def test_each_text_is_answered_from_its_own_image() -> None:
    decoder, image, asked = made()
    found = decoder(image, asked)
    assert len(found) == 4  # before the first layer and after each of three
    assert found[-1].masks_NQYX.shape == (3, 4, 8, 8)
    assert found[-1].like_NQ.shape == (3, 4)
    texts = Features(asked.texts.pooled_BE[2:], asked.texts.tokens_BNE[2:, :4])
    alone = decoder(image[1:], Asked(texts, asked.missing_NL[2:, :4], torch.tensor([0])))[-1]
    torch.testing.assert_close(alone.masks_NQYX[0], found[-1].masks_NQYX[2], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(alone.like_NQ[0], found[-1].like_NQ[2], atol=1e-4, rtol=1e-4)


def test_words_change_masks_and_the_whole_text_chooses() -> None:
    decoder, image, asked = made()
    before = decoder(image, asked)[-1]
    other = Features(asked.texts.pooled_BE, asked.texts.tokens_BNE + torch.randn(3, 5, 6))
    worded = decoder(image, asked._replace(texts=other))[-1]
    assert not torch.allclose(worded.masks_NQYX, before.masks_NQYX)
    other = Features(-asked.texts.pooled_BE, asked.texts.tokens_BNE)
    meant = decoder(image, asked._replace(texts=other))[-1]
    torch.testing.assert_close(meant.masks_NQYX, before.masks_NQYX)
    assert not torch.allclose(meant.like_NQ, before.like_NQ)


def test_queries_look_where_their_mask_was() -> None:
    """With a mask that is nowhere a query sees all, so the hidden places are those of logits below zero."""
    decoder, image, asked = made()
    free = decoder(image, asked)[-1].masks_NQYX
    seen = []
    layer = decoder.queries.layers[0]
    layer.register_forward_pre_hook(lambda _, given: seen.append(given[2]))
    first = decoder(image, asked)[0].masks_NQYX
    expected = torch.nn.functional.interpolate(first, (2, 2), mode="bilinear", align_corners=False) < 0
    assert torch.equal(seen[0], expected.flatten(2))
    silenced(decoder.mask)
    assert not torch.allclose(decoder(image, asked)[-1].normed_NQE, free.mean())


def test_every_weight_learns() -> None:
    decoder, image, asked = made()
    found = decoder(image, asked)
    sum(each.masks_NQYX.square().mean() + each.like_NQ.square().mean() for each in found).backward()
    assert not [name for name, p in decoder.named_parameters() if p.grad is None]
