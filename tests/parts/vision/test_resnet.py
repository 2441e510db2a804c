"""Residual networks: vectors of regions, and the one of blocks of two convolutions."""

import torch

from polyclinic.parts.vision.keys import renamed
from polyclinic.parts.vision.layouts import RESNET
from polyclinic.parts.vision.resnet import (
    BasicBlock,
    MeanPool,
    QueryPool,
    ResNetEncoder,
    averaged_block,
    averaged_stem,
    open_stem,
)


def small() -> ResNetEncoder:
    pool = QueryPool(width=256, heads=4, width_out=16, side=2)
    return ResNetEncoder(stem=averaged_stem(1, 8), width=8, depths=(1, 1, 1, 1), block=averaged_block, pool=pool).eval()


def test_a_region_has_the_vector_of_its_own_place() -> None:
    torch.manual_seed(0)
    encoder = small()
    image = torch.randn(2, 1, 64, 64)
    boxes = torch.tensor([[0.0, 0.0, 32.0, 32.0], [16.0, 16.0, 64.0, 64.0]])
    both = encoder.regions(image, boxes, torch.tensor([0, 1]))
    assert both.shape == (2, 16)
    torch.testing.assert_close(encoder.regions(image[1:], boxes[1:], torch.tensor([0])), both[1:], atol=1e-4, rtol=1e-4)
    assert not torch.allclose(both, encoder.regions(image, boxes.flip(0), torch.tensor([0, 1])), atol=1e-4)


def test_34_layers_of_two_convolutions_a_block_are_the_published_ones() -> None:
    """21,797,672 parameters with 1000 classes, which public files name as those of the deeper networks."""
    with torch.device("meta"):
        encoder = ResNetEncoder(
            stem=open_stem(3, 64),
            width=64,
            depths=(3, 4, 6, 3),
            block=BasicBlock,
            pool=MeanPool(width=512),
            widen=1,
            stride=2,
        )
    assert sum(p.numel() for p in encoder.parameters()) == 21_797_672 - 513_000
    assert (encoder.strides, encoder.widths_maps) == ((2, 4, 8, 16), (64, 128, 256, 512))
    normed = ("weight", "bias", "running_mean", "running_var")
    public = {"conv1.weight": torch.empty(64, 3, 7, 7), **{f"bn1.{key}": torch.empty(64) for key in normed}}
    before = 64
    for stage, (width, depth) in enumerate(zip((64, 128, 256, 512), (3, 4, 6, 3), strict=True), start=1):
        for block in range(depth):
            place = f"layer{stage}.{block}"
            convs = {"conv1": (before, 3), "conv2": (width, 3)}
            if before != width:
                convs["downsample.0"] = (before, 1)
            for name, (width_in, side) in convs.items():
                public[f"{place}.{name}.weight"] = torch.empty(width, width_in, side, side)
                norm = name.replace("conv", "bn").replace("downsample.0", "downsample.1")
                for key in normed:
                    public[f"{place}.{norm}.{key}"] = torch.empty(width)
            before = width
    own = renamed(public, RESNET, encoder)
    assert own.keys() == {name for name in encoder.state_dict() if not name.endswith("num_batches_tracked")}


def test_a_block_of_two_convolutions_adds_its_shortcut() -> None:
    torch.manual_seed(0)
    block = BasicBlock(4, 8, 2).eval()
    x = torch.randn(1, 4, 6, 6)
    expected = torch.relu(block.second(torch.relu(block.first(x))) + block.shortcut(x))
    torch.testing.assert_close(block(x), expected)
    assert block(x).shape == (1, 8, 3, 3)
    assert isinstance(BasicBlock(4, 4, 1).shortcut, torch.nn.Identity)
