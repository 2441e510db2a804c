"""Public names: every tensor of a random checkpoint in a public layout is used, and lands where it belongs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from polyclinic.errors import CheckpointError
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.attention import QuickGELU
from polyclinic.parts.vision.davit import DaViTEncoder
from polyclinic.parts.vision.keys import Layout, load_public, public_name, renamed
from polyclinic.parts.vision.layouts import CLIP_VIT, DENSENET, MEDIMAGEINSIGHT, RESNET, TIMM_VIT
from polyclinic.parts.vision.resnet import MeanPool, ResNetEncoder, plain_block, plain_stem
from polyclinic.parts.vision.vit import ViTBlock, ViTEncoder

WIDTH = 8


def small_vit(*, image_size: int, clip: bool) -> ViTEncoder:
    act = QuickGELU() if clip else nn.GELU()
    return ViTEncoder(
        stem=nn.Conv2d(3, WIDTH, 4, 4, bias=not clip),
        width=WIDTH,
        stride=4,
        image_size=image_size,
        blocks=[ViTBlock(width=WIDTH, heads=2, hidden=16, activation=act, eps=1e-6) for _ in range(2)],
        before=nn.LayerNorm(WIDTH) if clip else nn.Identity(),
        norm=nn.LayerNorm(WIDTH),
        pool=None,
        class_token=True,
        attend=False,
    )


def linear(name: str, width_in: int, width_out: int) -> dict[str, Tensor]:
    return {f"{name}.weight": torch.randn(width_out, width_in), f"{name}.bias": torch.randn(width_out)}


def norm(name: str, width: int = WIDTH) -> dict[str, Tensor]:
    return {f"{name}.weight": torch.randn(width), f"{name}.bias": torch.randn(width)}


def timm_vit(side: int) -> dict[str, Tensor]:
    """A vision transformer of two blocks as timm would write it."""
    made = {"cls_token": torch.randn(1, 1, WIDTH), "pos_embed": torch.randn(1, side * side + 1, WIDTH)}
    made |= {"patch_embed.proj.weight": torch.randn(WIDTH, 3, 4, 4), "patch_embed.proj.bias": torch.randn(WIDTH)}
    for i in range(2):
        block = f"blocks.{i}"
        made |= norm(f"{block}.norm1") | norm(f"{block}.norm2")
        made |= linear(f"{block}.attn.qkv", WIDTH, 3 * WIDTH) | linear(f"{block}.attn.proj", WIDTH, WIDTH)
        made |= linear(f"{block}.mlp.fc1", WIDTH, 16) | linear(f"{block}.mlp.fc2", 16, WIDTH)
    return made | norm("norm") | linear("head", WIDTH, 10)


def clip_vit(side: int) -> dict[str, Tensor]:
    """The vision half of a CLIP of two blocks, and a little of its other half."""
    made = {"class_embedding": torch.randn(WIDTH), "positional_embedding": torch.randn(side * side + 1, WIDTH)}
    made |= {"conv1.weight": torch.randn(WIDTH, 3, 4, 4), "proj": torch.randn(WIDTH, 4)}
    made |= norm("ln_pre") | norm("ln_post")
    for i in range(2):
        block = f"transformer.resblocks.{i}"
        made |= norm(f"{block}.ln_1") | norm(f"{block}.ln_2")
        made |= {f"{block}.attn.in_proj_weight": torch.randn(3 * WIDTH, WIDTH)}
        made |= {f"{block}.attn.in_proj_bias": torch.randn(3 * WIDTH)}
        made |= linear(f"{block}.attn.out_proj", WIDTH, WIDTH)
        made |= linear(f"{block}.mlp.c_fc", WIDTH, 16) | linear(f"{block}.mlp.c_proj", 16, WIDTH)
    return {f"visual.{name}": tensor for name, tensor in made.items()} | {"logit_scale": torch.tensor(1.0)}


def test_timm_s_values_land_where_they_belong() -> None:
    weights, encoder = timm_vit(3), small_vit(image_size=12, clip=False)
    load_public(encoder, weights, TIMM_VIT)
    assert torch.equal(encoder.class_token, weights["cls_token"][0, 0])
    assert torch.equal(encoder.positions_NE, weights["pos_embed"][0])
    assert torch.equal(encoder.blocks[1].attention.qkv.weight, weights["blocks.1.attn.qkv.weight"])
    assert torch.equal(encoder.blocks[0].mlp[2].bias, weights["blocks.0.mlp.fc2.bias"])


def test_a_trunk_within_another_file_is_found() -> None:
    weights, encoder = timm_vit(3), small_vit(image_size=12, clip=False)
    inside = {f"visual.trunk.{name}": tensor for name, tensor in weights.items()} | {"text.x": torch.zeros(1)}
    load_public(encoder, inside, TIMM_VIT)
    assert torch.equal(encoder.norm.weight, weights["norm.weight"])


def test_clip_s_values_land_where_they_belong() -> None:
    weights, encoder = clip_vit(3), small_vit(image_size=12, clip=True)
    load_public(encoder, weights, CLIP_VIT)
    inner = encoder.blocks[1].attention.qkv
    assert torch.equal(inner.weight, weights["visual.transformer.resblocks.1.attn.in_proj_weight"])
    assert torch.equal(inner.bias, weights["visual.transformer.resblocks.1.attn.in_proj_bias"])
    assert torch.equal(encoder.before.bias, weights["visual.ln_pre.bias"])


def test_positions_are_resized_and_the_class_token_s_kept() -> None:
    weights = timm_vit(3)
    got = renamed(weights, TIMM_VIT, small_vit(image_size=24, clip=False))["positions_NE"]
    assert got.shape == (37, WIDTH)
    assert torch.equal(got[0], weights["pos_embed"][0, 0])


def broken() -> Iterator[tuple[str, dict[str, Tensor]]]:
    whole = timm_vit(3)
    yield "lacks blocks.1.norm2.bias", {k: v for k, v in whole.items() if k != "blocks.1.norm2.bias"}
    yield "holds blocks.2.norm1.weight", whole | {"blocks.2.norm1.weight": torch.ones(WIDTH)}
    yield r"norm.weight has the shape \(9,\)", whole | {"norm.weight": torch.ones(9)}
    yield r"blocks.0.attn.proj.weight has the shape \(8, 9\)", whole | {"blocks.0.attn.proj.weight": torch.ones(8, 9)}
    yield "pos_embed has the shape", whole | {"pos_embed": torch.ones(1, 10, WIDTH + 1)}
    yield "nothing in the file", {"weight": torch.ones(1)}
    yield "nothing in the file", {}


@pytest.mark.parametrize(("says", "weights"), broken())
def test_what_does_not_fit_is_named(says: str, weights: dict[str, Tensor]) -> None:
    encoder = small_vit(image_size=12, clip=False)
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    with pytest.raises(CheckpointError, match=says):
        load_public(encoder, weights, TIMM_VIT)
    assert all(torch.equal(before[name], tensor) for name, tensor in encoder.state_dict().items())


def test_positions_that_make_no_square_are_named() -> None:
    with pytest.raises(CheckpointError, match="pos_embed"):
        load_public(
            small_vit(image_size=24, clip=False), timm_vit(3) | {"pos_embed": torch.ones(1, 9, WIDTH)}, TIMM_VIT
        )


def test_another_architecture_is_refused() -> None:
    with pytest.raises(CheckpointError, match="no name for the encoder's"):
        load_public(small_vit(image_size=12, clip=False), timm_vit(3), RESNET)


def test_numbers_of_stages_and_layers_count_from_where_the_layout_counts() -> None:
    assert public_name("stages.0.2.widen.1.running_mean", RESNET.names) == "layer1.2.bn3.running_mean"
    assert public_name("blocks.3.9.second.weight", DENSENET.names) == "features.denseblock4.denselayer10.conv2.weight"
    twice = Layout({"stages.{}.x": "features.{2+1}", "downs.{}": "features.{2}"})
    assert public_name("stages.3.x.weight", twice.names) == "features.7.weight"
    assert public_name("downs.3.0.weight", twice.names) == "features.6.0.weight"


def test_counts_of_batches_may_be_there_or_not() -> None:
    pool = MeanPool(width=256)
    encoder = ResNetEncoder(stem=plain_stem(3, 8), width=8, depths=(1, 1, 1, 1), block=plain_block, pool=pool)
    weights = {
        public_name(name, RESNET.names): torch.randn(tensor.shape)
        for name, tensor in encoder.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    load_public(encoder, weights, RESNET)
    load_public(encoder, weights | {"bn1.num_batches_tracked": torch.tensor(3)}, RESNET)
    assert torch.equal(encoder.stages[0][0].shortcut[0].weight, weights["layer1.0.downsample.0.weight"])


def medimageinsight(widths: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Shapes of its image encoder with one pair of blocks a stage, by the released code's rule."""
    shapes: dict[str, tuple[int, ...]] = {}

    def add(name: str, *shape: int) -> None:
        shapes[f"image_encoder.{name}.weight"], shapes[f"image_encoder.{name}.bias"] = shape, shape[:1]

    for stage, width in enumerate(widths):
        before, kernel = (widths[stage - 1], 3) if stage else (3, 7)
        add(f"convs.{stage}.proj", width, before, kernel, kernel)
        add(f"convs.{stage}.norm", before if stage else width)
        for block, attention in (("spatial_block", "window_attn"), ("channel_block", "channel_attn")):
            start = f"blocks.{stage}.0.{block}"
            for conv in ("conv1", "conv2"):
                add(f"{start}.{conv}.fn.dw", width, 1, 3, 3)
            add(f"{start}.{attention}.norm", width)
            add(f"{start}.{attention}.fn.qkv", 3 * width, width)
            add(f"{start}.{attention}.fn.proj", width, width)
            add(f"{start}.ffn.norm", width)
            add(f"{start}.ffn.fn.net.fc1", 4 * width, width)
            add(f"{start}.ffn.fn.net.fc2", width, 4 * width)
    add("norms", widths[-1])
    return shapes


def test_medimageinsight_s_names_fit_without_rest() -> None:
    weights = {name: torch.randn(shape) for name, shape in medimageinsight((16, 32)).items()}
    encoder = DaViTEncoder(channels=3, widths=(16, 32), depths=(1, 1), head_width=8, window=4)
    load_public(encoder, weights | {"lang_encoder.ln.weight": torch.ones(1)}, MEDIMAGEINSIGHT)
    channel = encoder.stages[1][0][1]
    expected = weights["image_encoder.blocks.1.0.channel_block.channel_attn.fn.qkv.weight"]
    assert torch.equal(channel.attention.qkv.weight, expected)
    assert torch.equal(encoder.downs[1][0].weight, weights["image_encoder.convs.1.norm.weight"])


@pytest.mark.parametrize("name", ["vit-so400m-14-384", "vit-b-16"])
def test_every_tensor_of_the_large_ones_has_a_name(name: str) -> None:
    with torch.device("meta"):
        encoder = ENCODERS[name](channels=3, image_size=224)
    names = [public_name(own, TIMM_VIT.names) for own in encoder.state_dict()]
    assert len(set(names)) == len(names)
