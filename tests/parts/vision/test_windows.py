"""Windows are cut and joined in any number of dimensions."""

import pytest
import torch

from polyclinic.parts.vision.windows import cut, joined, padded


def test_places_of_a_window_lie_together() -> None:
    map_BYXE = torch.arange(16.0).reshape(1, 4, 4, 1)
    windows = cut(map_BYXE, 2)
    assert windows[..., 0].tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]


@pytest.mark.parametrize(("sides", "window"), [((4, 6), 2), ((4, 6), (4, 3)), ((2, 4, 6), (1, 2, 3)), ((8,), 4)])
def test_what_was_cut_is_joined_again(sides: tuple[int, ...], window: int | tuple[int, ...]) -> None:
    x = torch.randn(2, *sides, 3)
    assert torch.equal(joined(cut(x, window), sides, window), x)


def test_zeros_fill_up_behind() -> None:
    x = padded(torch.ones(1, 3, 4, 5, 2), (2, 4, 4))
    assert x.shape == (1, 4, 4, 8, 2)
    assert x.sum() == 3 * 4 * 5 * 2
    assert x[0, 2, :, :5].all()
    assert padded(x, (2, 4, 4)) is x
