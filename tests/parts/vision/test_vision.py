"""Every named encoder of published size has that size."""

import pytest
import torch

from polyclinic.errors import ConfigError, ShapeError
from polyclinic.parts.vision import ENCODERS

SIZES = {
    "vit-b-16": 85_798_656,
    "vit-b-16-attend": 85_798_656,
    "vit-b-16-clip": 85_799_424,
    "swin-t": 27_519_354,
    "swin-b": 86_743_224,
    "davit-huge": 360_636_416,
    "resnet50": 23_508_032,
    "resnet50-clip": 38_316_896,
    "densenet121": 6_953_856,
    "convnext-t": 27_820_128,
}


@pytest.mark.parametrize("name", SIZES)
def test_it_has_the_published_number_of_parameters(name: str) -> None:
    with torch.device("meta"):
        encoder = ENCODERS[name](channels=3, image_size=224)
    assert sum(p.numel() for p in encoder.parameters()) == SIZES[name]


@pytest.mark.parametrize(
    ("name", "size", "count"), [("vit-l-14-336", 336, 303_507_456), ("vit-so400m-14-384", 384, 428_225_600)]
)
def test_with_positions_for_its_own_size_too(name: str, size: int, count: int) -> None:
    with torch.device("meta"):
        encoder = ENCODERS[name](channels=3, image_size=size)
    assert sum(p.numel() for p in encoder.parameters()) == count


@pytest.mark.parametrize("name", ["vit-nano", "resnet50-clip", "densenet121", "convnext-t"])
def test_too_small_an_image_is_refused_and_the_smallest_read(name: str) -> None:
    encoder = ENCODERS[name](channels=1, image_size=64).eval()
    least = encoder.strides[-1]
    assert encoder(torch.zeros(1, 1, least, least)).pooled_BE.shape == (1, encoder.width_out)
    with pytest.raises(ShapeError, match=f"at least {least}"):
        encoder(torch.zeros(1, 1, least, least - 1))


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no encoder 'nope'") as caught:
        ENCODERS["nope"]
    assert "conv-nano" in str(caught.value.hint)
