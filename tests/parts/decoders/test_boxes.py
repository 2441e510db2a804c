"""Boxes read off dense maps."""

import pytest
import torch

from polyclinic.parts.decoders.boxes import BoxDecoder, BoxMaps, box_iou, cell_boxes, peaks


def maps_with(*boxes: tuple[int, int, float, float, float]) -> BoxMaps:
    """Maps with a centre logit and equal half sides at given cells (x, y, logit, half width, half height)."""
    centre = torch.full((1, 1, 16, 16), -8.0)
    edges = torch.ones(1, 1, 4, 16, 16)
    for x, y, logit, half_width, half_height in boxes:
        centre[0, 0, y, x] = logit
        edges[0, 0, :, y, x] = torch.tensor([half_width, half_height, half_width, half_height])
    return BoxMaps(centre, edges)


def test_a_peak_becomes_its_box() -> None:
    ((boxes, scores),) = peaks(maps_with((4, 6, 2.0, 1.5, 2.5)), most=5, lowest=0.1, overlap=0.5)[0]
    assert boxes.tolist() == [[3.0, 4.0, 6.0, 9.0]]
    assert scores.item() == pytest.approx(torch.tensor(2.0).sigmoid().item())


def test_overlapping_boxes_are_suppressed_and_others_kept() -> None:
    maps = maps_with((4, 4, 3.0, 3, 3), (6, 4, 2.0, 3, 3), (12, 12, 1.0, 2, 2), (12, 3, -5.0, 2, 2))
    ((boxes, scores),) = peaks(maps, most=5, lowest=0.1, overlap=0.3)[0]
    assert boxes[:, 0].tolist() == [1.5, 10.5]
    assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_iou_by_hand() -> None:
    boxes = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3], [5, 5, 6, 6]])
    torch.testing.assert_close(box_iou(boxes, boxes)[0], torch.tensor([1.0, 1 / 7, 0.0]))


def test_the_query_decides_and_learns() -> None:
    torch.manual_seed(0)
    decoder = BoxDecoder(width_query=8, width_pixel=8)
    pixel = torch.randn(1, 8, 4, 4)
    maps = decoder(torch.randn(1, 2, 8), pixel)
    assert maps.centre_BQYX.shape == (1, 2, 4, 4)
    assert not torch.allclose(maps.centre_BQYX[:, 0], maps.centre_BQYX[:, 1])
    (maps.centre_BQYX.sum() + cell_boxes(maps.edges_BQ4YX).sum()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in decoder.parameters())
