"""CLIP's residual network: vectors of regions."""

import torch

from polyclinic.parts.vision.resnet import QueryPool, ResNetEncoder, averaged_block, averaged_stem


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
