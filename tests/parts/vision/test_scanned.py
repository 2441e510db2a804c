"""Blocks that scan maps: written out, how far they see, and the published sizes of what is made of them."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.sequence.orders import RouteMixer
from polyclinic.parts.vision.scanned import (
    GatedScan,
    ScanBlock,
    ScanDecoder,
    ScanEncoder,
    ScanLayer,
    SplitScanBlock,
    selective,
)


def block(width: int) -> ScanBlock:
    return ScanBlock(width=width, scan=selective(width, 4, "cross"))


def test_the_gated_scan_is_the_papers() -> None:
    torch.manual_seed(0)
    scan = GatedScan(width=6, inner=8, mixer=RouteMixer(mixer=nn.Identity(), order="cross"), dimensions=2)
    x = torch.randn(2, 3, 5, 6)
    own, gate = F.linear(x, scan.widen.weight).chunk(2, -1)
    near = F.silu(scan.conv(own.permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
    read = F.layer_norm(4 * near, (8,)) * F.silu(gate)  # each of four routes says of a place what is there
    torch.testing.assert_close(scan(x), F.linear(read, scan.narrow.weight))


@pytest.mark.parametrize(("order", "seen"), [("forward", 0.6), ("cross", 1.0)])
def test_how_far_a_block_sees(order: str, seen: float) -> None:
    """One route sees what lies behind, four see everything; the convolution adds a place on each side."""
    torch.manual_seed(0)
    layer = ScanLayer(width=8, scan=selective(8, 4, order))  # type: ignore[arg-type]
    x = torch.randn(1, 8, 12, 12)
    changed = x.clone()
    changed[0, 2, 6, 6] += 1
    moved = (layer(changed) - layer(x)).abs().amax(1)[0] > 0
    assert not moved[:5].any() or order == "cross"
    assert moved[8:].all()
    assert bool(moved.all()) == (seen == 1.0)


def test_a_volume_is_scanned_too() -> None:
    torch.manual_seed(0)
    layer, x = ScanLayer(width=4, scan=selective(4, 2, "slices", 3)), torch.randn(2, 4, 2, 3, 4)
    assert layer(x).shape == x.shape
    torch.testing.assert_close(layer(x)[:1], layer(x[:1]))


def test_split_channels_are_shuffled_and_added() -> None:
    torch.manual_seed(0)
    split = SplitScanBlock(width=8, scan=selective(4, 2, "cross")).eval()
    x = torch.randn(1, 4, 4, 8)
    near, far = x.chunk(2, -1)
    y = split(x) - x
    torch.testing.assert_close(y[..., 1::2], split.scan(split.norm(far)))
    torch.testing.assert_close(y[..., 0::2], split.conv(near.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))


def test_encoder_and_decoder_meet() -> None:
    torch.manual_seed(0)
    encoder = ScanEncoder(width_in=2, widths=(8, 16), depths=(1, 2), block=block)
    decoder = ScanDecoder(widths=(8, 16), depths=(1, 1), block=block, width_out=3)
    maps = encoder(torch.randn(2, 2, 16, 24))
    assert [each.shape for each in maps] == [(2, 8, 4, 6), (2, 16, 2, 3)]
    (drawn,) = decoder(maps)
    assert drawn.shape == (2, 3, 16, 24)
    drawn.square().sum().backward()
    assert all(p.grad is not None for part in (encoder, decoder) for p in part.parameters())


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_sizes_are_the_published_ones() -> None:
    """A block of width d with 16 states has 7 d^2 + 426 d weights; VM-UNet 27.43 M, MedMamba-T 14.5 M."""
    with torch.device("meta"):
        made = partial(selective, states=16, order="cross")
        assert count(ScanBlock(width=96, scan=made(96))) == 7 * 96**2 + 426 * 96
        full = lambda width: ScanBlock(width=width, scan=made(width))  # noqa: E731
        half = lambda width: SplitScanBlock(width=width, scan=made(width // 2))  # noqa: E731
        widths = (96, 192, 384, 768)
        encoder = ScanEncoder(width_in=3, widths=widths, depths=(2, 2, 2, 2), block=full)
        decoder = ScanDecoder(widths=widths, depths=(2, 2, 2, 1), block=full, width_out=1)
        split = ScanEncoder(width_in=3, widths=widths, depths=(2, 2, 4, 2), block=half)
    assert count(encoder) + count(decoder) == pytest.approx(27.43e6, rel=2e-4)
    assert count(split) + 768 * 6 + 6 == pytest.approx(14.5e6, rel=0.005)


def test_an_item_alone_is_as_in_a_batch() -> None:
    torch.manual_seed(0)
    encoder: nn.Module = ScanEncoder(width_in=1, widths=(8, 16), depths=(1, 1), block=block)
    x: Tensor = torch.randn(3, 1, 16, 16)
    torch.testing.assert_close(encoder(x)[-1][:1], encoder(x[:1])[-1])
