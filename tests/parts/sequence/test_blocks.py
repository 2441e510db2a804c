"""Blocks of sequences: what they see, what they start from, and how a map goes through them."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.sequence.blocks import CausalConv, GatedBlock, MemoryBlock, OffsetNorm, SequenceLayer, TiledLinear
from polyclinic.parts.sequence.selective import SelectiveMixer


def touched(block: nn.Module, x_BLE: Tensor, at: int) -> list[int]:
    """The tokens that change with one of them."""
    changed = x_BLE.clone()
    changed[:, at, 0] += 1
    return ((block(changed) - block(x_BLE)).abs().amax((0, 2)) > 1e-6).nonzero().flatten().tolist()


def gated(width: int = 8) -> GatedBlock:
    return GatedBlock(width=width, inner=2 * width, mixer=SelectiveMixer(width=2 * width, states=4, rank=1))


def test_a_causal_convolution_sees_four_tokens() -> None:
    torch.manual_seed(0)
    assert touched(CausalConv(width=6), torch.randn(1, 10, 6), 3) == [3, 4, 5, 6]


@pytest.mark.parametrize(("reverse", "seen"), [(False, range(5, 12)), (True, range(6))])
def test_a_block_reads_in_one_direction(reverse: bool, seen: range) -> None:
    torch.manual_seed(0)
    x = torch.randn(1, 12, 8)
    assert touched(MemoryBlock(width=8, reverse=reverse), x, 5) == list(seen)
    assert touched(gated(), x, 5) == list(range(5, 12))


def test_the_gated_block_is_the_papers() -> None:
    torch.manual_seed(0)
    block, x = gated(), torch.randn(2, 7, 8)
    y, gate = F.linear(F.layer_norm(x, (8,)), block.widen.weight).split(16, -1)
    y = block.mixer(F.silu(block.conv(y))) * F.silu(gate)
    torch.testing.assert_close(block(x), x + F.linear(y, block.narrow.weight))
    assert (
        sum(p.numel() for p in block.parameters()) == 16 + 8 * 32 + 16 * 5 + 16 * (1 + 8) + 16 * 2 + 16 * 4 + 16 + 128
    )


def test_the_memory_block_starts_as_published() -> None:
    torch.manual_seed(0)
    block = MemoryBlock(width=64)
    assert block.keep.bias.tolist() == pytest.approx([3, 4, 5, 6])
    assert not block.keep.weight.any()
    assert not block.write.weight.any()
    assert block.write.bias.abs().max() < 0.5
    assert block.widen.weight.std().item() == pytest.approx(math.sqrt(2 / 320), rel=0.05)
    assert block.query.weight.std().item() == pytest.approx(math.sqrt(2 / 320), rel=0.1)
    assert block.narrow.weight.std().item() == pytest.approx(2 / 8, rel=0.05)
    assert block.skip.eq(1).all()
    assert (block.query.weight.shape, block.heads) == ((32, 4, 4), 4)


def test_a_tiled_layer_is_a_matrix_of_blocks() -> None:
    torch.manual_seed(0)
    layer, x = TiledLinear(width=12, spread=1.0), torch.randn(3, 5, 12)
    torch.testing.assert_close(layer(x), x @ torch.block_diag(*layer.weight).T)
    assert TiledLinear(width=6, spread=1.0).weight.shape == (3, 2, 2)


def test_the_norm_keeps_its_distance_from_one() -> None:
    torch.manual_seed(0)
    norm, x = OffsetNorm(width=8, groups=2), torch.randn(4, 8)
    torch.testing.assert_close(norm(x), F.group_norm(x, 2))
    with torch.no_grad():
        norm.offset += 1
    torch.testing.assert_close(norm(x), 2 * F.group_norm(x, 2))


class Order(nn.Module):
    """Adds to each token its number."""

    def forward(self, x_BLE: Tensor) -> Tensor:
        return x_BLE + torch.arange(x_BLE.shape[1])[:, None]


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)])
def test_a_map_goes_through_row_by_row_or_channel_by_channel(shape: tuple[int, ...]) -> None:
    x = torch.zeros(1, 5, *shape, dtype=torch.float64)
    count = math.prod(shape)
    assert torch.equal(SequenceLayer(blocks=[Order()])(x)[0, 2], torch.arange(float(count)).reshape(shape))
    across = SequenceLayer(blocks=[Order()], channels=True)(x)
    assert torch.equal(across[0, :, *[0] * len(shape)], torch.arange(5.0))
    assert across.dtype == torch.float32
