"""What is TransDAE's own: two attentions in a block, and skips that are weighed by a large convolution."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from polyclinic.cli.show import parameter_count
from polyclinic.curate.slices import flattened
from polyclinic.objectives.labels import cross_entropy, dice_loss
from polyclinic.parts.vision.cross_covariance import CrossCovarianceAttention
from polyclinic.parts.vision.efficient import EfficientAttention
from polyclinic.parts.vision.reduced import ReducedAttention
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import transdae
from polyclinic.systems.transdae import (
    PRESETS,
    Config,
    CrossSkip,
    DualBlock,
    DualNetwork,
    InterScale,
    Model,
)

STUDIES = list(flattened(Phantom("abdomen", 3, Dials(size=64)).studies(0)))[8:24]


def network(**changes: Any) -> DualNetwork:
    """A narrow one of four classes."""
    torch.manual_seed(0)
    config = dataclasses.replace(Config(widths=(8, 16, 24), heads=2), **changes)
    return DualNetwork(config, channels=1, width_out=4)


def kinds(module: nn.Module, kind: type[nn.Module]) -> int:
    """How many layers of a kind there are."""
    return sum(isinstance(each, kind) for each in module.modules())


def test_a_block_is_four_steps_in_a_row() -> None:
    torch.manual_seed(0)
    block = DualBlock(width=8, first=EfficientAttention(width=8), second=CrossCovarianceAttention(width=8, heads=2))
    x = torch.randn(2, 4, 4, 8)
    places, first_mlp, channels, second_mlp = block.layers
    norms = block.norms
    x1 = x + places(norms[0](x))
    x2 = x1 + first_mlp(norms[1](x1))
    x3 = x2 + channels(norms[2](x2))
    torch.testing.assert_close(block(x), x3 + second_mlp(norms[3](x3)))
    assert len({id(norm) for norm in norms}) == 4


def test_every_block_attends_to_places_and_channels() -> None:
    assert kinds(network(), EfficientAttention) == kinds(network(), CrossCovarianceAttention) == 5
    assert kinds(network(channel=False), EfficientAttention) == 10
    assert kinds(network(channel=False), CrossCovarianceAttention) == 0
    reduced = network(spatial="reduced")
    assert [m.reduce.stride[0] for m in reduced.modules() if isinstance(m, ReducedAttention)] == [8, 4, 2, 4, 8]


def test_all_stages_see_the_whole_image() -> None:
    """One changed corner changes the map's other corner already behind the first stage."""
    net = network()
    seen: list[torch.Tensor] = []
    net.down[0].register_forward_hook(lambda _, __, out: seen.append(out))
    image = torch.randn(1, 1, 64, 64)
    net(image)
    image[..., -8:, -8:] += 5
    net(image)
    assert not torch.allclose(seen[0][0, 0, 0], seen[1][0, 0, 0])


def test_the_large_convolution_reaches_ten_places_and_gates_the_pair() -> None:
    torch.manual_seed(0)
    skip = InterScale(width=4)
    pair = torch.zeros(1, 8, 41, 41)
    still = skip.weigh(pair)
    pair[..., 20, 20] = 1
    reached = ((skip.weigh(pair) - still).abs().amax(1)[0] > 1e-8).nonzero()
    assert reached.amin(0).tolist() == [9, 9]  # 2 of 5 x 5, and 3 steps of 3
    assert reached.amax(0).tolist() == [31, 31]
    coarse, fine = torch.randn(2, 2, 5, 5, 4)
    last: Any = skip.weigh[2]
    for weight in (last.weight, last.bias):
        nn.init.zeros_(weight)
    bare = coarse + fine + skip.join.bias
    torch.testing.assert_close(skip(coarse, fine), bare)  # a closed gate lets nothing but the shortcut through
    nn.init.ones_(last.bias)
    joined = skip.join(skip.norm(torch.cat([coarse, fine], 3)))
    torch.testing.assert_close(skip(coarse, fine), coarse + fine + joined)


def test_the_cross_skip_takes_its_values_from_the_coarse_map() -> None:
    torch.manual_seed(0)
    skip = CrossSkip(width=4)
    seen: list[Any] = []
    skip.out.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    coarse, fine = torch.randn(2, 1, 3, 3, 4)
    assert skip(coarse, fine).shape == coarse.shape
    value = skip.norm(coarse).flatten(1, 2)
    assert (seen[0] <= value.amax(1, keepdim=True) + 1e-6).all()  # means of values
    assert (seen[0] >= value.amin(1, keepdim=True) - 1e-6).all()


@pytest.mark.parametrize("skip", ["inter-scale", "cross", "concat"])
def test_every_skip_draws_at_full_size(skip: str) -> None:
    assert network(skip=skip)(torch.randn(2, 1, 32, 64)).shape == (2, 4, 32, 64)


def test_the_loss_is_weighed_as_published() -> None:
    torch.manual_seed(0)
    model = Model.from_studies(PRESETS["nano"], STUDIES)
    view = model.view(STUDIES)
    batch = view.collate([view.sample(i, np.random.default_rng(i)) for i in range(2)])
    (logits,) = model.logits(batch["image"], ["", ""], model.plan.classes)
    target, known = batch["target"], batch["known"]
    expected = 0.4 * cross_entropy(logits, target, known) + 0.6 * dice_loss(logits, target, known)
    torch.testing.assert_close(model(batch)["loss"], expected)


def test_the_paper_preset_has_the_papers_parts() -> None:
    with torch.device("meta"):
        network: Any = transdae.build_meta(PRESETS["paper"]).network
    assert [len(stage) for stage in (*network.down, *network.up)] == [2] * 5
    patches = [(p.kernel_size[0], p.stride[0], p.out_channels) for p in network.patches]
    assert patches == [(7, 4, 128), (3, 2, 320), (3, 2, 512)]
    block = 2 * (128 * 512 + 512 + 512 * 10 + 2 * 512 + 512 * 128 + 128)  # feed-forward layers
    block += 4 * (128 * 128 + 128) + (4 * 128 * 128 + 128 + 8) + 4 * 2 * 128  # attentions and norms
    assert sum(p.numel() for p in network.down[0][0].parameters()) == block
    assert parameter_count(transdae, PRESETS["paper"]) == sum(p.numel() for p in network.parameters())
