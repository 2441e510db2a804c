"""The residual U-Net: shapes in 2D and 3D, strides and kernels of a plan, where skips and layers are."""

import pytest
import torch
from torch import Tensor, nn

from polyclinic.parts.vision.residual_unet import ResidualDecoder, ResidualEncoder, ResidualUnit, kernels_of, strides_of


def made(pooling: list[tuple[int, ...]], layers: list[nn.Module] | None = None, finest: bool = False) -> nn.Sequential:
    torch.manual_seed(0)
    widths, strides, kernels = [4, 6, 8], strides_of(pooling, len(pooling[0])), kernels_of(pooling, len(pooling[0]))
    encoder = ResidualEncoder(
        width_in=2,
        widths=widths,
        strides=strides,
        kernels=kernels,
        depths=(2, 2, 1),
        layers=layers or [nn.Identity() for _ in widths],
    )
    return nn.Sequential(
        encoder,
        ResidualDecoder(widths=widths, strides=strides, kernels=kernels, depths=(2, 1), finest=finest, width_out=3),
    )


@pytest.mark.parametrize(
    ("pooling", "shape", "half"),
    [([(2, 2), (2, 2)], (16, 16), (8, 8)), ([(1, 2, 2), (2, 2, 2)], (4, 16, 16), (4, 8, 8))],
)
def test_it_draws_at_each_resolution_but_the_coarsest(
    pooling: list[tuple[int, ...]], shape: tuple[int, ...], half: tuple[int, ...]
) -> None:
    unet = made(pooling)
    drawn = unet(torch.randn(2, 2, *shape))
    assert [each.shape for each in drawn] == [(2, 3, *shape), (2, 3, *half)]
    sum(each.square().sum() for each in drawn).backward()
    assert all(p.grad is not None for p in unet.parameters())


def test_kernels_are_flat_while_an_axis_rests() -> None:
    pooling = [(1, 2, 2), (1, 2, 2), (2, 2, 2)]
    assert kernels_of(pooling, 3) == [(1, 3, 3), (1, 3, 3), (3, 3, 3), (3, 3, 3)]
    assert strides_of(pooling, 3) == [(1, 1, 1), *pooling]
    assert kernels_of([(2, 2)], 2) == [(3, 3), (3, 3)]


def test_the_unit_is_a_residual_one() -> None:
    torch.manual_seed(0)
    unit = ResidualUnit(width_in=4, width_out=4, kernel=(3, 3), stride=(1, 1), project=False)
    nn.init.zeros_(unit.second[1].weight)
    nn.init.zeros_(unit.second[1].bias)
    x = torch.randn(1, 4, 8, 8)
    torch.testing.assert_close(unit(x), nn.functional.leaky_relu(x, 0.01))


@pytest.mark.parametrize("finest", [False, True])
def test_the_last_step_gets_a_skip_where_it_is_asked_for(finest: bool) -> None:
    """Without, what the finest stage finds reaches the drawing through coarser ones; the middle stage has its skip."""
    unet = made([(2, 2), (2, 2)], finest=finest)
    maps = [each.detach().requires_grad_() for each in unet[0](torch.randn(1, 2, 16, 16))]
    unet[1](maps)[0].sum().backward()
    assert [each.grad is not None for each in maps] == [finest, True, True]


def test_layers_stand_behind_their_stages() -> None:
    class Note(nn.Module):
        def forward(self, x_BCX: Tensor) -> Tensor:
            seen.append(tuple(x_BCX.shape))
            return 0 * x_BCX

    seen: list[tuple[int, ...]] = []
    unet = made([(2, 2), (2, 2)], [nn.Identity(), Note(), Note()])
    maps = unet[0](torch.randn(1, 2, 16, 16))
    assert seen == [(1, 6, 8, 8), (1, 8, 4, 4)]
    assert maps[0].any()
    assert not maps[1].any()
