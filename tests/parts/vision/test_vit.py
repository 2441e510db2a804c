"""The vision transformer: shapes, gradients, independence, positions for other sizes."""

import pytest
import torch
from torch import nn

from polyclinic.errors import ShapeError
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.attention import AttentionPool
from polyclinic.parts.vision.vit import ViTBlock, ViTEncoder, resized_positions


def test_every_weight_learns_and_an_item_alone_is_as_in_a_batch() -> None:
    torch.manual_seed(0)
    encoder = ENCODERS["vit-nano"](channels=1, image_size=64).eval()
    image = torch.randn(2, 1, 64, 64)
    features = encoder(image)
    assert [(m.shape[1], 64 // m.shape[-1]) for m in features.maps] == list(
        zip(encoder.widths_maps, encoder.strides, strict=True)
    )
    torch.testing.assert_close(encoder(image[1:]).pooled_BE, features.pooled_BE[1:], atol=1e-4, rtol=1e-4)
    features.pooled_BE.square().sum().backward()
    assert not [name for name, p in encoder.named_parameters() if p.grad is None]


def test_class_attention_sums_to_one_and_another_size_is_read() -> None:
    encoder = ENCODERS["vit-nano"](channels=1, image_size=64).eval()
    features = encoder(torch.randn(1, 1, 96, 64))
    assert features.attention_BN.shape == (1, 96)
    assert features.attention_BN.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_blocks_can_be_followed_one_by_one() -> None:
    torch.manual_seed(0)
    encoder = ENCODERS["vit-nano"](channels=1, image_size=64).eval()
    assert isinstance(encoder, ViTEncoder)
    image = torch.randn(2, 1, 64, 32)
    x, grid = encoder.entered(image)
    assert grid == (8, 4)
    for block in encoder.blocks:
        x = block(x)
    torch.testing.assert_close(encoder.norm(x)[:, 1:], encoder(image).tokens_BNE)


def test_positions_keep_what_stands_before_and_refuse_no_square() -> None:
    positions = torch.randn(1 + 4, 3)
    fitted = resized_positions(positions, before=1, grid=(4, 4))
    assert torch.equal(fitted[0], positions[0])
    assert fitted.shape == (17, 3)
    with pytest.raises(ShapeError):
        resized_positions(positions, before=0, grid=(2, 2))


def test_without_a_class_token_the_mean_or_an_attention_pool_is_given() -> None:
    def made(pool: AttentionPool | None) -> ViTEncoder:
        return ViTEncoder(
            stem=nn.Conv2d(1, 8, 4, 4),
            width=8,
            stride=4,
            image_size=16,
            blocks=[ViTBlock(width=8, heads=2, hidden=16, activation=nn.GELU(), eps=1e-6)],
            before=nn.Identity(),
            norm=nn.LayerNorm(8),
            pool=pool,
            class_token=False,
            attend=True,
        )

    image = torch.randn(2, 1, 16, 24)
    mean = made(None)(image)
    torch.testing.assert_close(mean.pooled_BE, mean.tokens_BNE.mean(1))
    assert mean.attention_BN is None
    pool = AttentionPool(width=8, heads=2, hidden=16, activation=nn.GELU(), norm=nn.LayerNorm(8))
    seen = made(pool)(image)
    torch.testing.assert_close(seen.pooled_BE, pool(seen.tokens_BNE)[0])
    torch.testing.assert_close(seen.attention_BN.sum(1), torch.ones(2))
