"""The names that public libraries give to tensors of encoders; see `keys` for how these tables are read."""

from __future__ import annotations

from polyclinic.parts.vision.keys import Layout

# Also the trunk of open_clip's models with a timm encoder, BiomedCLIP and SigLIP among them.
TIMM_VIT = Layout(
    {
        "stem": "patch_embed.proj",
        "class_token": "cls_token",
        "positions_NE": "pos_embed",
        "blocks.{}.attention_norm": "blocks.{}.norm1",
        "blocks.{}.attention.qkv": "blocks.{}.attn.qkv",
        "blocks.{}.attention.out": "blocks.{}.attn.proj",
        "blocks.{}.mlp_norm": "blocks.{}.norm2",
        "blocks.{}.mlp.0": "blocks.{}.mlp.fc1",
        "blocks.{}.mlp.2": "blocks.{}.mlp.fc2",
        "norm": "norm",
        "pool.latent": "attn_pool.latent",
        "pool.query": "attn_pool.q",
        "pool.key_value": "attn_pool.kv",
        "pool.out": "attn_pool.proj",
        "pool.norm": "attn_pool.norm",
        "pool.mlp.0": "attn_pool.mlp.fc1",
        "pool.mlp.2": "attn_pool.mlp.fc2",
    },
    prefixes=("", "visual.trunk."),
    heads=("head.", "pre_logits."),
)

# OpenAI's files and open_clip's own vision transformers.
CLIP_VIT = Layout(
    {
        "stem": "conv1",
        "class_token": "class_embedding",
        "positions_NE": "positional_embedding",
        "before": "ln_pre",
        "blocks.{}.attention_norm": "transformer.resblocks.{}.ln_1",
        "blocks.{}.attention.qkv.weight": "transformer.resblocks.{}.attn.in_proj_weight",
        "blocks.{}.attention.qkv.bias": "transformer.resblocks.{}.attn.in_proj_bias",
        "blocks.{}.attention.out": "transformer.resblocks.{}.attn.out_proj",
        "blocks.{}.mlp_norm": "transformer.resblocks.{}.ln_2",
        "blocks.{}.mlp.0": "transformer.resblocks.{}.mlp.c_fc",
        "blocks.{}.mlp.2": "transformer.resblocks.{}.mlp.c_proj",
        "norm": "ln_post",
    },
    prefixes=("visual.", ""),
    heads=("proj",),
)

# torchvision; timm names its own the same.
RESNET = Layout(
    {
        "stem.0": "conv1",
        "stem.1": "bn1",
        "stages.{}.{}.narrow.0": "layer{+1}.{}.conv1",
        "stages.{}.{}.narrow.1": "layer{+1}.{}.bn1",
        "stages.{}.{}.middle.0": "layer{+1}.{}.conv2",
        "stages.{}.{}.middle.1": "layer{+1}.{}.bn2",
        "stages.{}.{}.widen.0": "layer{+1}.{}.conv3",
        "stages.{}.{}.widen.1": "layer{+1}.{}.bn3",
        "stages.{}.{}.first.0": "layer{+1}.{}.conv1",
        "stages.{}.{}.first.1": "layer{+1}.{}.bn1",
        "stages.{}.{}.second.0": "layer{+1}.{}.conv2",
        "stages.{}.{}.second.1": "layer{+1}.{}.bn2",
        "stages.{}.{}.shortcut": "layer{+1}.{}.downsample",
    },
    heads=("fc.",),
)

CLIP_RESNET = Layout(
    {
        "stem.0": "conv1",
        "stem.1": "bn1",
        "stem.3": "conv2",
        "stem.4": "bn2",
        "stem.6": "conv3",
        "stem.7": "bn3",
        "stages.{}.{}.narrow.0": "layer{+1}.{}.conv1",
        "stages.{}.{}.narrow.1": "layer{+1}.{}.bn1",
        "stages.{}.{}.middle.0": "layer{+1}.{}.conv2",
        "stages.{}.{}.middle.1": "layer{+1}.{}.bn2",
        "stages.{}.{}.widen.1": "layer{+1}.{}.conv3",
        "stages.{}.{}.widen.2": "layer{+1}.{}.bn3",
        "stages.{}.{}.shortcut.1": "layer{+1}.{}.downsample.0",
        "stages.{}.{}.shortcut.2": "layer{+1}.{}.downsample.1",
        "pool.positions_NE": "attnpool.positional_embedding",
        "pool.query": "attnpool.q_proj",
        "pool.key": "attnpool.k_proj",
        "pool.value": "attnpool.v_proj",
        "pool.out": "attnpool.c_proj",
    },
    prefixes=("visual.", ""),
)

# torchvision; timm names its own the same.
DENSENET = Layout(
    {
        "stem.0": "features.conv0",
        "stem.1": "features.norm0",
        "blocks.{}.{}.first_norm": "features.denseblock{+1}.denselayer{+1}.norm1",
        "blocks.{}.{}.first": "features.denseblock{+1}.denselayer{+1}.conv1",
        "blocks.{}.{}.second_norm": "features.denseblock{+1}.denselayer{+1}.norm2",
        "blocks.{}.{}.second": "features.denseblock{+1}.denselayer{+1}.conv2",
        "transitions.{}.0": "features.transition{+1}.norm",
        "transitions.{}.2": "features.transition{+1}.conv",
        "norm": "features.norm5",
    },
    heads=("classifier.",),
)

TIMM_CONVNEXT = Layout(
    {
        "downs.0": "stem",
        "downs.{}": "stages.{}.downsample",
        "stages.{}.{}.around": "stages.{}.blocks.{}.conv_dw",
        "stages.{}.{}.norm": "stages.{}.blocks.{}.norm",
        "stages.{}.{}.mlp.0": "stages.{}.blocks.{}.mlp.fc1",
        "stages.{}.{}.mlp.2": "stages.{}.blocks.{}.mlp.fc2",
        "stages.{}.{}.scale": "stages.{}.blocks.{}.gamma",
        "norm": "head.norm",
    },
    prefixes=("", "visual.trunk."),
    heads=("head.fc.",),
)

TORCHVISION_CONVNEXT = Layout(
    {
        "downs.{}": "features.{2}",
        "stages.{}.{}.around": "features.{2+1}.{}.block.0",
        "stages.{}.{}.norm": "features.{2+1}.{}.block.2",
        "stages.{}.{}.mlp.0": "features.{2+1}.{}.block.3",
        "stages.{}.{}.mlp.2": "features.{2+1}.{}.block.5",
        "stages.{}.{}.scale": "features.{2+1}.{}.layer_scale",
        "norm": "classifier.0",
    },
    heads=("classifier.2.",),
)

TORCHVISION_SWIN = Layout(
    {
        "patch": "features.0.0",
        "patch_norm": "features.0.2",
        "merges.{}.norm": "features.{2+2}.norm",
        "merges.{}.reduce": "features.{2+2}.reduction",
        "stages.{}.{}.attention_norm": "features.{2+1}.{}.norm1",
        "stages.{}.{}.attention.qkv": "features.{2+1}.{}.attn.qkv",
        "stages.{}.{}.attention.out": "features.{2+1}.{}.attn.proj",
        "stages.{}.{}.offsets_PH": "features.{2+1}.{}.attn.relative_position_bias_table",
        "stages.{}.{}.mlp_norm": "features.{2+1}.{}.norm2",
        "stages.{}.{}.mlp.0": "features.{2+1}.{}.mlp.0",
        "stages.{}.{}.mlp.2": "features.{2+1}.{}.mlp.3",
        "norm": "norm",
    },
    heads=("head.",),
    derived=("relative_position_index",),
)

TIMM_DAVIT = Layout(
    {
        "downs.0.0": "stem.conv",
        "downs.0.1": "stem.norm",
        "downs.{}.0": "stages.{}.downsample.norm",
        "downs.{}.1": "stages.{}.downsample.conv",
        **{
            f"stages.{{}}.{{}}.{place}.{ours}": f"stages.{{}}.blocks.{{}}.{block}.{theirs}"
            for place, block, attention in (
                (0, "spatial_block", "attention.attention"),
                (1, "channel_block", "attention"),
            )
            for ours, theirs in (
                ("first_position", "cpe1.proj"),
                ("attention_norm", "norm1"),
                (f"{attention}.qkv", "attn.qkv"),
                (f"{attention}.out", "attn.proj"),
                ("second_position", "cpe2.proj"),
                ("mlp_norm", "norm2"),
                ("mlp.0", "mlp.fc1"),
                ("mlp.2", "mlp.fc2"),
            )
        },
        "norm": "head.norm",
    },
    heads=("head.fc.",),
)

# As in the released code of arXiv 2410.06542.
MEDIMAGEINSIGHT = Layout(
    {
        "downs.0.0": "convs.0.proj",
        "downs.0.1": "convs.0.norm",
        "downs.{}.0": "convs.{}.norm",
        "downs.{}.1": "convs.{}.proj",
        **{
            f"stages.{{}}.{{}}.{place}.{ours}": f"blocks.{{}}.{{}}.{theirs}"
            for place, block, attention, own in (
                (0, "spatial_block", "window_attn", "attention.attention"),
                (1, "channel_block", "channel_attn", "attention"),
            )
            for ours, theirs in (
                ("first_position", f"{block}.conv1.fn.dw"),
                ("attention_norm", f"{block}.{attention}.norm"),
                (f"{own}.qkv", f"{block}.{attention}.fn.qkv"),
                (f"{own}.out", f"{block}.{attention}.fn.proj"),
                ("second_position", f"{block}.conv2.fn.dw"),
                ("mlp_norm", f"{block}.ffn.norm"),
                ("mlp.0", f"{block}.ffn.fn.net.fc1"),
                ("mlp.2", f"{block}.ffn.fn.net.fc2"),
            )
        },
        "norm": "norms",
    },
    prefixes=("image_encoder.", ""),
    heads=("head.",),
)
