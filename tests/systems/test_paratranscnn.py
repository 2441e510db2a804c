"""What is ParaTransCNN's own: two branches from the pixels on, of one scale each, fused by weighed channels."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from polyclinic.cli.show import parameter_count
from polyclinic.curate.slices import flattened
from polyclinic.objectives.labels import cross_entropy, dice_loss
from polyclinic.parts.vision.squeeze import SqueezeExcitation
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import paratranscnn
from polyclinic.systems.paratranscnn import PRESETS, Model, ParallelNetwork, TransformerLayer

STUDIES = list(flattened(Phantom("abdomen", 3, Dials(size=64)).studies(0)))[8:24]


def network(preset: str = "nano", **changes: Any) -> Any:
    """A network of four classes."""
    torch.manual_seed(0)
    return ParallelNetwork(dataclasses.replace(PRESETS[preset], **changes), channels=1, width_out=4).eval()


def test_both_branches_begin_at_the_pixels() -> None:
    """Neither sees what the other made."""
    net, image = network(), torch.randn(1, 1, 64, 64)
    given: list[torch.Tensor] = []
    for branch in (net.conv, net.transformer):
        branch.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    net(image)
    assert all(torch.equal(each, image) for each in given)
    assert len(given) == 2


def test_maps_of_one_scale_are_fused() -> None:
    net, image = network(), torch.randn(2, 1, 64, 64)
    seen: list[torch.Tensor] = []
    for fuse in net.fuse:
        fuse.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    net(image)
    transformer, conv = net.transformer(image), net.conv(image).maps[1:]
    for both, ours, theirs in zip(seen, transformer, conv, strict=True):
        torch.testing.assert_close(both, torch.cat([ours, theirs], 1))
    assert [both.shape[2] for both in seen] == [16, 8, 4]


def test_channels_are_weighed_by_all_of_both_branches() -> None:
    """A sixteenth between the layers; a change of the convolution's maps changes the weight of the transformer's."""
    net = network()
    assert [fuse.squeeze.out_features for fuse in net.fuse] == [fuse.squeeze.in_features // 16 for fuse in net.fuse]
    pair = torch.rand(1, net.fuse[0].squeeze.in_features, 4, 4)
    before = net.fuse[0](pair)
    pair[:, -1] += 5
    assert not torch.allclose(net.fuse[0](pair)[:, :-1], before[:, :-1])
    plain = network("concat")
    assert not [m for m in plain.modules() if isinstance(m, SqueezeExcitation)]
    torch.testing.assert_close(plain.fuse[0](pair), pair)


def test_the_transformer_branch_sees_the_whole_image_and_the_other_does_not() -> None:
    image = torch.randn(1, 1, 96, 96)
    moved = image.clone()
    moved[..., -4:, -4:] += 3
    net = network(conv_depths=(1, 1, 1, 1))
    far, near = (net.transformer(each)[0][0, :, 0, 0] for each in (image, moved))
    assert not torch.allclose(far, near)
    far, near = (net.conv(each).maps[1][0, :, 0, 0] for each in (image, moved))
    assert torch.equal(far, near)


def test_a_layer_adds_attention_and_then_a_feed_forward_layer() -> None:
    torch.manual_seed(0)
    layer = TransformerLayer(width=8, heads=2, dropout=0.5).eval()
    x = torch.randn(2, 5, 8)
    between = x + layer.attention(layer.attention_norm(x))
    torch.testing.assert_close(layer(x), between + layer.mlp(between))
    assert layer.attention.qkv.bias is None
    layer.train()
    assert not torch.equal(layer(x), layer(x))


@pytest.mark.parametrize(("preset", "lacks"), [("conv", "transformer"), ("transformer", "conv")])
def test_a_branch_can_be_left_out_at_the_same_size(preset: str, lacks: str) -> None:
    net = network(preset)
    assert getattr(net, lacks) is None
    assert net(torch.randn(1, 1, 32, 48)).shape == (1, 4, 32, 48)
    counts = [sum(p.numel() for p in each.parameters()) for each in (network(), net)]
    assert counts[1] == pytest.approx(counts[0], rel=0.12)


def test_the_loss_is_half_cross_entropy_and_half_dice() -> None:
    torch.manual_seed(0)
    model = Model.from_studies(PRESETS["nano"], STUDIES).eval()
    view = model.view(STUDIES)
    batch = view.collate([view.sample(i, np.random.default_rng(i)) for i in range(2)])
    (logits,) = model.logits(batch["image"], ["", ""], model.plan.classes)
    target, known = batch["target"], batch["known"]
    expected = 0.5 * cross_entropy(logits, target, known) + 0.5 * dice_loss(logits, target, known)
    torch.testing.assert_close(model(batch)["loss"], expected)


def test_the_paper_preset_has_the_papers_parts() -> None:
    """ResNet-34 without its classes; 320, 640 and 1280 channels beside 128, 256 and 512; 1792 at the bottom."""
    with torch.device("meta"):
        net: Any = paratranscnn.build_meta(PRESETS["paper"]).network
    assert sum(p.numel() for p in net.conv.parameters()) == 21_797_672 - 513_000
    wide = [320, 640, 1280]
    layers = [3 * (4 * e * e + e + 4 * e * e + 3 * e + 4 * e) for e in wide]
    patches = [320 * 48 + 320, 640 * 320 * 4 + 640, 1280 * 640 * 4 + 1280]
    assert sum(p.numel() for p in net.transformer.parameters()) == sum(layers) + sum(patches)
    assert [fuse.squeeze.weight.shape for fuse in net.fuse] == [(28, 448), (56, 896), (112, 1792)]
    assert [(up.in_channels, up.out_channels, up.stride[0]) for up in net.up] == [
        (1792, 896, 2),
        (1792, 896, 2),
        (1344, 320, 4),
    ]
    assert all(isinstance(smooth, nn.Sequential) for smooth in net.smooth)
    assert parameter_count(paratranscnn, PRESETS["paper"]) == sum(p.numel() for p in net.parameters())
