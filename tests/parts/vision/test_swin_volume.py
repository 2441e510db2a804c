"""Shifted windows in volumes: the plain one of pictures, offsets of small windows, shifts, merging, sizes."""

import torch
from torch.nn import functional as F

from polyclinic.parts.decoders.residual import ResidualDecoder
from polyclinic.parts.vision.swin import SwinBlock, relative_index
from polyclinic.parts.vision.swin_volume import MergeNeighbours, WindowBlock, WindowEncoder, offset_index, seams

TWOS = ((2, 2, 2),) * 3


def small() -> WindowEncoder:
    """A small one for volumes."""
    torch.manual_seed(0)
    return WindowEncoder(channels=2, width=8, depths=(2, 2), heads=(2, 4), window=3, pooling=TWOS)


def test_in_two_dimensions_it_is_the_block_of_pictures() -> None:
    torch.manual_seed(0)
    ours = WindowBlock(width=8, heads=2, window=4, shift=2, axes=2)
    theirs = SwinBlock(width=8, heads=2, window=4, shift=2)
    theirs.load_state_dict(ours.state_dict())
    x, y = (torch.randn(2, 7, 9, 8, generator=torch.Generator().manual_seed(1)).requires_grad_() for _ in range(2))
    a, b = ours(x), theirs(y)
    torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)
    a.square().sum().backward()
    b.square().sum().backward()
    torch.testing.assert_close(x.grad, y.grad, atol=1e-5, rtol=1e-5)
    assert torch.equal(offset_index((4, 4), 4), relative_index(4))


def test_offsets_of_a_window_smaller_than_the_table() -> None:
    """Rows of a table for windows of 3: five offsets an axis, no offset in the middle."""
    index = offset_index((1, 2, 2), 3)
    middle = 2 * 25 + 2 * 5 + 2
    assert index.diagonal().tolist() == [middle] * 4
    assert index[0, 3].item() == middle - 5 - 1
    assert index[3, 0].item() == middle + 5 + 1


def test_in_a_volume_nothing_is_seen_across_a_seam() -> None:
    torch.manual_seed(0)
    block = WindowBlock(width=8, heads=2, window=2, shift=1, axes=3)
    x = torch.randn(1, 4, 4, 4, 8)
    moved = x.clone()
    moved[0, 0, 0, 0] += torch.randn(8)
    changed = (block(moved) - block(x)).abs().sum(-1)[0] > 1e-6
    assert changed.nonzero().tolist() == [[0, 0, 0]]
    moved = x.clone()
    moved[0, 1, 1, 1] += torch.randn(8)
    changed = (block(moved) - block(x)).abs().sum(-1)[0] > 1e-6
    assert changed[1:3, 1:3, 1:3].all()
    assert changed.sum() == 8
    assert seams((4,), (2,), (1,)).shape == (2, 2, 2)


def test_neighbours_merge_only_along_their_axes() -> None:
    merge = MergeNeighbours(width=1, factors=(1, 2, 2))
    merge.norm = torch.nn.Identity()  # type: ignore[assignment]
    merge.reduce = torch.nn.Identity()  # type: ignore[assignment]
    made = merge(torch.arange(8.0).reshape(1, 2, 2, 2, 1))
    assert made[0, :, 0, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_every_weight_learns_and_an_item_alone_is_as_in_a_batch() -> None:
    encoder = small()
    decoder = ResidualDecoder(channels=2, widths=encoder.widths_maps, pooling=TWOS)
    volume = torch.randn(2, 2, 16, 24, 16)
    maps = encoder(volume)
    assert [tuple(each.shape[1:]) for each in maps] == [(8, 8, 12, 8), (16, 4, 6, 4), (32, 2, 3, 2)]
    whole = decoder(volume, maps)
    assert whole.shape == (2, 8, 16, 24, 16)
    torch.testing.assert_close(decoder(volume[1:], encoder(volume[1:])), whole[1:], atol=1e-4, rtol=1e-4)
    whole.square().mean().backward()
    learning = [*encoder.named_parameters(), *decoder.named_parameters()]
    assert not [name for name, p in learning if p.grad is None]


def test_maps_are_normed_place_by_place() -> None:
    for each in small()(torch.randn(1, 2, 8, 8, 8)):
        again = F.layer_norm(each.movedim(1, -1), each.shape[1:2]).movedim(-1, 1)
        torch.testing.assert_close(each, again, atol=2e-3, rtol=1e-3)


def test_with_its_decoder_it_has_the_published_size() -> None:
    """Swin UNETR of width 48 from four channels to three: 62.19 million as its released code counts them."""
    with torch.device("meta"):
        pooling = ((2, 2, 2),) * 5
        encoder = WindowEncoder(
            channels=4, width=48, depths=(2, 2, 2, 2), heads=(3, 6, 12, 24), window=7, pooling=pooling
        )
        decoder = ResidualDecoder(channels=4, widths=encoder.widths_maps, pooling=pooling)
    count = sum(p.numel() for part in (encoder, decoder) for p in part.parameters())
    assert count + 3 * 48 + 3 == 62_191_941
