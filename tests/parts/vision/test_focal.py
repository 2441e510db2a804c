"""FocalNet: the modulation written out, shapes, gradients, independence, and the size of the large one."""

from itertools import pairwise

import torch
from torch.nn import functional as F

from polyclinic.parts.vision import ENCODERS, focalnet_l
from polyclinic.parts.vision.focal import FocalEncoder, FocalModulation


def test_the_modulation_written_out_for_one_level() -> None:
    torch.manual_seed(0)
    part, x = FocalModulation(width=4, levels=1, window=3), torch.randn(2, 5, 6, 4)
    query, context, near, far = part.split(x).split([4, 4, 1, 1], -1)
    conv = part.gather[0]
    assert isinstance(conv, torch.nn.Conv2d)
    around = F.gelu(F.conv2d(context.permute(0, 3, 1, 2), conv.weight, padding=1, groups=4))
    whole = F.gelu(around.mean((2, 3)))
    gathered = (around.permute(0, 2, 3, 1) * near + whole[:, None, None] * far) / 2
    mixed = F.linear(gathered, part.mix.weight[:, :, 0, 0], part.mix.bias)
    torch.testing.assert_close(part(x), part.out(query * mixed), atol=1e-5, rtol=1e-5)


def test_windows_grow_from_level_to_level() -> None:
    part = FocalModulation(width=4, levels=3, window=3)
    assert [conv.kernel_size for conv in part.gather] == [(3, 3), (5, 5), (7, 7)]


def test_every_weight_learns_and_an_item_alone_is_as_in_a_batch() -> None:
    torch.manual_seed(0)
    encoder = FocalEncoder(channels=1, width=4, depths=(1, 2), levels=2, window=3)
    image = torch.randn(2, 1, 16, 24)
    features = encoder(image)
    assert [tuple(m.shape[1:]) for m in features.maps] == [(4, 4, 6), (8, 2, 3)]
    torch.testing.assert_close(encoder(image[1:]).pooled_BE, features.pooled_BE[1:], atol=1e-4, rtol=1e-4)
    sum(m.square().sum() for m in features.maps).backward()
    assert not [name for name, p in encoder.named_parameters() if p.grad is None]


def test_the_large_one_has_two_hundred_million_weights() -> None:
    """Of a block: the linear layers of the modulation, its mix, 4 convolutions by channel, the feed-forward layer."""
    with torch.device("meta"):
        encoder = focalnet_l(channels=3, image_size=224)
    assert ENCODERS["focalnet-l"] is focalnet_l
    assert isinstance(encoder, FocalEncoder)
    widths = (192, 384, 768, 1536)
    blocks = sum(
        depth * (w * (2 * w + 5) + 2 * w + 5 + w * (9 + 25 + 49 + 81) + 2 * (w * w + w) + 8 * w * w + 5 * w + 6 * w)
        for w, depth in zip(widths, (2, 2, 18, 2), strict=True)
    )
    downs = 3 * 192 * 49 + sum(9 * a * b for a, b in pairwise(widths)) + 3 * sum(widths)
    assert sum(p.numel() for p in encoder.parameters()) == blocks + downs + 2 * sum(widths)
    assert 190e6 < blocks + downs < 220e6
