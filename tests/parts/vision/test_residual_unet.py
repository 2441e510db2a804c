"""The residual U-Net: shapes in 2D and 3D, strides and kernels of a plan, where skips and layers are."""

import pytest
import torch
from torch import Tensor, nn

from polyclinic.parts.vision.residual_unet import ResidualUNet, ResidualUnit, kernels_of, strides_of


def made(pooling: list[tuple[int, ...]], layers: list[nn.Module] | None = None) -> ResidualUNet:
    torch.manual_seed(0)
    dimensions, widths = len(pooling[0]), [4, 6, 8][: len(pooling) + 1]
    return ResidualUNet(
        width_in=2,
        width_out=3,
        widths=widths,
        strides=strides_of(pooling, dimensions),
        kernels=kernels_of(pooling, dimensions),
        depth=2,
        layers=layers or [nn.Identity() for _ in widths],
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


def test_the_last_step_gets_no_skip() -> None:
    """What the finest stage finds reaches the drawing through coarser stages alone; the middle stage has its skip."""
    unet = made([(2, 2), (2, 2)])
    maps = [each.detach().requires_grad_() for each in unet.encoded(torch.randn(1, 2, 16, 16))]
    unet.decoded(maps)[0].sum().backward()
    assert [each.grad is not None for each in maps] == [False, True, True]


def test_layers_stand_behind_their_stages() -> None:
    class Note(nn.Module):
        def forward(self, x_BCX: Tensor) -> Tensor:
            seen.append(tuple(x_BCX.shape))
            return 0 * x_BCX

    seen: list[tuple[int, ...]] = []
    unet = made([(2, 2), (2, 2)], [nn.Identity(), Note(), Note()])
    maps = unet.encoded(torch.randn(1, 2, 16, 16))
    assert seen == [(1, 6, 8, 8), (1, 8, 4, 4)]
    assert maps[0].any()
    assert not maps[1].any()
