"""Residual units and the way back up, by hand."""

import pytest
import torch
from torch.nn import functional as F

from polyclinic.parts.decoders.residual import ResidualDecoder, ResidualUnit, ResidualUp


def test_a_unit_is_two_normed_convolutions_around_a_normed_shortcut() -> None:
    torch.manual_seed(0)
    unit, x = ResidualUnit(width_in=2, width_out=4, axes=3), torch.randn(2, 2, 4, 5, 6)
    first = F.leaky_relu(F.instance_norm(F.conv3d(x, unit.first[0].weight, padding=1)), 0.01)
    second = F.instance_norm(F.conv3d(first, unit.second[0].weight, padding=1))
    short = F.instance_norm(F.conv3d(x, unit.shortcut[0].weight))  # type: ignore[index]
    torch.testing.assert_close(unit(x), F.leaky_relu(second + short, 0.01), atol=1e-5, rtol=1e-5)


def test_of_one_width_the_shortcut_is_the_input() -> None:
    unit, x = ResidualUnit(width_in=3, width_out=3, axes=2), torch.randn(1, 3, 6, 6)
    for layer in (unit.first[0], unit.second[0]):
        torch.nn.init.zeros_(layer.weight)
    torch.testing.assert_close(unit(x), F.leaky_relu(x, 0.01))


def test_a_step_up_joins_the_finer_map() -> None:
    up = ResidualUp(width_in=4, width_out=2, factors=(1, 2, 2))
    assert up.refine.first[0].in_channels == 4
    assert up(torch.randn(1, 4, 3, 4, 4), torch.randn(1, 2, 3, 8, 8)).shape == (1, 2, 3, 8, 8)


@pytest.mark.parametrize("level", range(3))
def test_each_map_and_the_image_reach_the_drawing(level: int) -> None:
    torch.manual_seed(0)
    decoder = ResidualDecoder(channels=1, widths=(4, 8, 16), pooling=((2, 2),) * 3)
    image = torch.randn(1, 1, 16, 16, requires_grad=True)
    maps = [torch.randn(1, width, 16 >> (i + 1), 16 >> (i + 1)) for i, width in enumerate((4, 8, 16))]
    maps[level].requires_grad_()
    decoder(image, maps)[0, 0, 0, 0].backward()
    assert maps[level].grad is not None
    assert image.grad is not None
    assert maps[level].grad.abs().sum() > 0 < image.grad.abs().sum()


def test_only_the_last_but_one_map_is_joined_as_it_is() -> None:
    decoder = ResidualDecoder(channels=1, widths=(4, 8, 16), pooling=((2, 2),) * 3)
    assert [type(layer).__name__ for layer in decoder.refine] == ["ResidualUnit", "Identity", "ResidualUnit"]
