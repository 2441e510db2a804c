"""Swin: windows that shift, offsets, merged neighbours, gradients, independence."""

import torch

from polyclinic.parts.vision.swin import Merge, SwinBlock, SwinEncoder, band, relative_index


def test_every_weight_learns_and_an_item_alone_is_as_in_a_batch() -> None:
    torch.manual_seed(0)
    encoder = SwinEncoder(channels=1, width=8, depths=(2, 2), heads=2, window=4).eval()
    image = torch.randn(2, 1, 40, 32)
    features = encoder(image)
    assert [tuple(m.shape[1:]) for m in features.maps] == [(8, 10, 8), (16, 5, 4)]
    torch.testing.assert_close(encoder(image[1:]).pooled_BE, features.pooled_BE[1:], atol=1e-4, rtol=1e-4)
    features.pooled_BE.square().sum().backward()
    assert not [name for name, p in encoder.named_parameters() if p.grad is None]


def test_offsets_have_one_row_each() -> None:
    index = relative_index(2)
    # Places of a 2 x 2 window; 4 is no offset, 8 one down and one right, 3 one left of it.
    assert index.diagonal().tolist() == [4] * 4
    assert index[3, 0].item() == 8
    assert index[0, 1].item() == 3


def test_the_last_window_of_a_rolled_side_has_a_seam() -> None:
    assert band(8, 4, 2).tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert band(4, 4, 0).tolist() == [0, 0, 0, 0]


def test_a_shifted_window_crosses_borders_and_not_the_map_s_edge() -> None:
    torch.manual_seed(0)
    block = SwinBlock(width=8, heads=2, window=4, shift=2)
    x = torch.randn(1, 8, 8, 8)
    moved = x.clone()
    moved[0, 0, 0] += torch.randn(8)
    changed = (block(moved) - block(x)).abs().sum(-1)[0] > 1e-6
    # Rolled by two, the first corner sees its own 2 x 2 and not the other corners that come to lie beside it.
    assert changed[:2, :2].all()
    assert not changed[2:].any()
    assert not changed[:, 2:].any()
    moved = x.clone()
    moved[0, 3, 3] += torch.randn(8)
    assert ((block(moved) - block(x)).abs().sum(-1)[0, 2:6, 2:6] > 1e-6).all()


def test_neighbours_are_merged_column_by_column() -> None:
    merge = Merge(width=1)
    merge.norm = torch.nn.Identity()
    merge.reduce = torch.nn.Identity()
    assert merge(torch.arange(6.0).reshape(1, 2, 3, 1))[0, 0].tolist() == [[0, 3, 1, 4], [2, 5, 0, 0]]
