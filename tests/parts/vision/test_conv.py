"""The small convolutional encoder: vectors of regions."""

import torch

from polyclinic.parts.vision.conv import ConvEncoder


def test_a_region_has_the_vector_of_its_own_place() -> None:
    torch.manual_seed(0)
    encoder = ConvEncoder(channels=1, widths=(8, 16, 24), depths=(1, 1, 1)).eval()
    image, item = torch.randn(2, 1, 64, 64), torch.tensor([0, 1])
    boxes = torch.tensor([[0.0, 0.0, 32.0, 32.0], [16.0, 16.0, 64.0, 64.0]])
    both = encoder.regions(image, boxes, item)
    assert both.shape == (2, encoder.width_out)
    torch.testing.assert_close(encoder.regions(image[1:], boxes[1:], item[:1]), both[1:])
    assert not torch.allclose(both, encoder.regions(image, boxes.flip(0), item), atol=1e-4)


def test_a_flat_image_has_one_vector_wherever_one_looks_inside() -> None:
    """Its border apart, a map of a flat image is flat, so the box makes no difference."""
    encoder = ConvEncoder(channels=1, widths=(8, 16), depths=(1, 1)).eval()
    boxes = torch.tensor([[40.0, 40.0, 80.0, 80.0], [48.0, 48.0, 88.0, 88.0]])
    found = encoder.regions(torch.ones(1, 1, 128, 128), boxes, torch.tensor([0, 0]))
    torch.testing.assert_close(found[0], found[1], atol=1e-5, rtol=1e-5)
