"""Strips and words as attention: the gate by hand, how far strips see, where words take part, the published size."""

import torch
from torch import nn
from torch.nn import functional as F

from polyclinic.parts.connectors.word_gate import WordGate
from polyclinic.parts.vision.strips import StripEncoder, StripGate

WORDS, REAL = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(3)), torch.ones(2, 3, dtype=torch.bool)


class Told(nn.Module):
    """Adds what the first word says, everywhere."""

    def forward(self, x: torch.Tensor, words: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """Of the map's shape."""
        return words[:, 0, :1, None, None].expand_as(x)


def test_the_gate_is_a_sum_of_branches_mixed_and_multiplied() -> None:
    torch.manual_seed(0)
    gate = StripGate(width=4, near=5, kernels=(7, 11), words=Told())
    x = torch.randn(2, 4, 12, 12)
    near = F.conv2d(x, gate.near.weight, gate.near.bias, padding=2, groups=4)
    total = near + WORDS[:, 0, :1, None, None]
    for strip, length in zip(gate.strips, (7, 11), strict=True):
        flat, upright = strip  # type: ignore[misc]
        assert (flat.kernel_size, upright.kernel_size) == ((1, length), (length, 1))
        wide = F.conv2d(near, flat.weight, flat.bias, padding=(0, length // 2), groups=4)
        total = total + F.conv2d(wide, upright.weight, upright.bias, padding=(length // 2, 0), groups=4)
    mixed = F.conv2d(total, gate.mix.weight, gate.mix.bias)
    torch.testing.assert_close(gate(x, WORDS, REAL), mixed * x, atol=1e-5, rtol=1e-4)


def test_a_strip_sees_as_far_as_it_is_long() -> None:
    torch.manual_seed(0)
    gate = StripGate(width=1, near=3, kernels=(11,), words=None)
    x = torch.ones(1, 1, 41, 41, requires_grad=True)
    gate(x, WORDS[:1], REAL[:1])[0, 0, 20, 20].backward()
    assert x.grad is not None
    rows = x.grad[0, 0].abs().amax(1).nonzero()[:, 0].tolist()
    assert (rows[0], rows[-1]) == (20 - 6, 20 + 6)  # half of 11, and one more of the kernel of 3


def small(words: bool) -> StripEncoder:
    """Two stages."""
    torch.manual_seed(0)
    return StripEncoder(
        channels=1,
        widths=(8, 8),
        depths=(1, 2),
        ratios=(2, 2),
        near=5,
        kernels=(7,),
        words=(lambda width: WordGate(width=width, width_text=5)) if words else None,
        start=1.0,
    )


def test_words_shape_the_first_map_already() -> None:
    encoder, image = small(True).eval(), torch.randn(2, 1, 32, 48)
    maps, others = encoder(image, WORDS, REAL), encoder(image, WORDS.flip(0), REAL)
    assert [tuple(each.shape[1:]) for each in maps] == [(8, 8, 12), (8, 4, 6)]
    assert all(not torch.allclose(a, b, atol=1e-6) for a, b in zip(maps, others, strict=True))
    torch.testing.assert_close(encoder(image[1:], WORDS[1:], REAL[1:])[-1], maps[-1][1:], atol=1e-4, rtol=1e-4)
    sum(each.square().sum() + each.sum() for each in maps).backward()  # type: ignore[union-attr]
    assert not [name for name, p in encoder.named_parameters() if p.grad is None]


def test_without_words_it_does_not_read() -> None:
    encoder, image = small(False).eval(), torch.randn(2, 1, 32, 32)
    assert torch.equal(encoder(image, WORDS, REAL)[-1], encoder(image, WORDS.flip(0), REAL)[-1])


def test_without_words_it_has_the_published_size() -> None:
    """MSCAN-B has 26.8 million parameters with a classifier of 1000 (arXiv 2209.08575, table 2)."""
    with torch.device("meta"):
        encoder = StripEncoder(
            channels=3,
            widths=(64, 128, 320, 512),
            depths=(3, 3, 12, 3),
            ratios=(8, 8, 4, 4),
            near=5,
            kernels=(7, 11, 21),
            words=None,
            start=1e-2,
        )
    count = sum(p.numel() for p in encoder.parameters()) + 513 * 1000
    assert abs(count / 26.8e6 - 1) < 0.02
