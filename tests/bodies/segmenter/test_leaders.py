"""Labels between planes: what interpolating everything gives, and no more interpolated than needed."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.bodies.segmenter import leaders
from polyclinic.bodies.segmenter.leaders import labels_between, led


def whole(low: Tensor, high: Tensor, share: float, shape: Sequence[int]) -> np.ndarray:
    mixed = torch.lerp(low, high, share)[None]
    return F.interpolate(mixed, tuple(shape), mode="bilinear", align_corners=False)[0].argmax(0).numpy()


@pytest.mark.parametrize("shape", [(9, 11), (23, 17), (5, 40), (1, 1)])
@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("coarse", [9, 3])
def test_a_border_is_where_interpolation_puts_it(shape: tuple[int, int], share: float, coarse: int) -> None:
    """Of noise, where nearly all is border, and of smooth logits, where most is not; some pixels at a time."""
    generator = torch.Generator().manual_seed(coarse)
    small = torch.randn(2, 6, coarse, coarse, generator=generator)
    low, high = F.interpolate(small, (9, 11), mode="bilinear")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(leaders, "PIXELS", 7)
        made = labels_between(led(low), led(high), share, shape)
    np.testing.assert_array_equal(made, whole(low, high, share, shape))


def test_only_the_border_is_interpolated(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = torch.zeros(2, 8, 8)
    logits[0, :, :4] = logits[1, :, 4:] = 1
    seen: list[int] = []
    interpolated = leaders._interpolated

    def counted(plane: Tensor, rows: leaders.Along, columns: leaders.Along) -> Tensor:
        seen.append(len(rows.low))
        return interpolated(plane, rows, columns)

    monkeypatch.setattr(leaders, "_interpolated", counted)
    made = labels_between(led(logits), led(logits), 1.0, (16, 16))
    assert made[:, :8].max() == 0
    assert made[:, 8:].min() == 1
    assert seen == [16 * 2]  # the two columns whose neighbours are of both classes


def test_a_class_between_two_is_found() -> None:
    """The second of three leads at no corner, but halfway between the others."""
    logits = torch.tensor([[[1.0, -1.0]], [[0.6, 0.6]], [[-1.0, 1.0]]])
    assert labels_between(led(logits), led(logits), 1.0, (1, 8)).tolist() == [[0, 0, 0, 1, 1, 2, 2, 2]]
