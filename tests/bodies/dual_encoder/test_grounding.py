"""Heat maps and their boxes, on a system whose places are the pixels themselves."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch import Tensor, nn

from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.bodies.dual_encoder.core import DualConfig
from polyclinic.bodies.dual_encoder.grounding import GroundedEncoder, cosine_maps, heat_out, hot_regions, smoothed
from polyclinic.bodies.framing import Frame
from polyclinic.errors import UsageError
from polyclinic.parts.features import Features, TokenBatch
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.study import Image, Study


class Bright(nn.Module):
    """Places are pixels: first channel for light ones, second for dark ones."""

    width_out, width_tokens = 2, 2

    def forward(self, image_BCYX: Tensor) -> Features:
        map_BEYX = torch.cat([image_BCYX.clamp(min=0), -image_BCYX.clamp(max=0)], 1)
        return Features(map_BEYX.mean((2, 3)), map_BEYX.flatten(2).mT, (map_BEYX,))


class Says(nn.Module):
    """`light` is the first direction, everything else the second."""

    width_out, width_tokens = 2, 2

    def __init__(self, light: int) -> None:
        super().__init__()
        self.light = light

    def forward(self, texts: TokenBatch) -> Features:
        first_B = (texts.ids_BL == self.light).any(1)
        return Features(torch.stack([first_B, ~first_B], 1).float(), torch.zeros(len(first_B), 1, 2))


class Pointer(GroundedEncoder):
    """The system."""

    card = SimpleNamespace(id="pointer")

    def __init__(self) -> None:
        tokens = WordPieces.trained(["light dark"] * 3, 64)
        config: DualConfig = SimpleNamespace(image_size=8, vocabulary=64, longest=8, chunk=None)  # type: ignore[assignment]
        super().__init__(
            config=config,
            outlook=Outlook(8, 1),
            tokens=tokens,
            image_encoder=Bright(),
            text_encoder=Says(tokens.tokenizer.convert_tokens_to_ids("light")),
            image_head=nn.Identity(),
            text_head=nn.Identity(),
        )

    def places(self, seen: Features) -> Tensor:
        return seen.maps[-1]

    def phrases(self, read: Features, texts: TokenBatch) -> Tensor:
        return read.pooled_BE


def wide() -> Study:
    """Dark, with a light square of four pixels, in an image twice as wide as high."""
    pixels = np.zeros((8, 16), np.uint8)
    pixels[2:4, 10:12] = 255
    return Study("1", "1", images=(Image.from_array(pixels),))


def test_a_place_is_as_hot_as_its_cosine() -> None:
    places = torch.tensor([[[[3.0, 0.0]], [[4.0, 2.0]]]])
    torch.testing.assert_close(cosine_maps(places, torch.tensor([[2.0, 0.0]])), torch.tensor([[[0.6, 0.0]]]))


def test_what_is_asked_for_is_found_where_it_is() -> None:
    model = Pointer()
    light, dark = model.explain([wide(), wide()], ["light", "dark"])
    assert light.heat is not None
    assert dark.heat is not None
    assert light.heat.shape == (8, 16)
    assert np.unravel_index(light.heat.argmax(), light.heat.shape) in {(y, x) for y in (2, 3) for x in (10, 11)}
    assert dark.heat[2:4, 10:12].max() < dark.heat[6, 1]
    (boxes,) = model.find([wide()], ["light"])
    x0, y0, x1, y1 = boxes[0].box or ()
    assert (x0 <= 10, y0 <= 2, x1 >= 12, y1 >= 4) == (True,) * 4
    assert (x1 - x0) * (y1 - y0) <= 16
    assert boxes[0].text == "light"
    assert boxes[0].score == pytest.approx((light.heat.max() + 1) / 2)


def test_a_batch_gives_what_each_gives_alone() -> None:
    model, study = Pointer(), wide()
    both = model.heats([study, study], ["light", "dark"])
    np.testing.assert_allclose(both[1], model.heats([study], ["dark"])[0], atol=1e-6)
    assert model.heats([], []) == []
    with pytest.raises(UsageError, match="one phrase"):
        model.heats([study], [])


def test_the_margins_are_cut_off() -> None:
    """An image twice as high as wide fills the middle columns alone."""
    heat = np.tile(np.array([9, 1, 1, 9], np.float32), (4, 1))
    out = heat_out(heat, Frame.of(8, 4, 4))
    assert out.shape == (8, 4)
    np.testing.assert_allclose(out, 1.0)


def test_parts_that_touch_are_one_and_the_hottest_comes_first() -> None:
    heat = np.zeros((6, 6), np.float32)
    heat[0, 0:2], heat[4:6, 4] = 0.8, 1.0
    assert [region.box for region in hot_regions(heat, "mass")] == [(4.0, 4.0, 5.0, 6.0), (0.0, 0.0, 2.0, 1.0)]
    assert [region.score for region in hot_regions(heat, "mass", most=1)] == [1.0]
    assert hot_regions(np.full((3, 3), 0.4, np.float32), "mass") == []


@given(some.floats(0.3, 2.0), some.integers(0, 8), some.integers(0, 8))
def test_blurring_keeps_the_mean(sigma: float, y: int, x: int) -> None:
    heat = np.zeros((9, 9), np.float32)
    heat[y, x] = 1
    assert smoothed(heat, sigma).mean() == pytest.approx(heat.mean(), rel=1e-3)
    assert smoothed(heat, 0.0) is heat
    assert smoothed(heat, sigma).max() < 1
