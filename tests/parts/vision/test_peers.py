"""The same public weights give the same vectors here and in the library that they are named after.

These run where timm, open_clip or torchvision import, and are skipped elsewhere.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from polyclinic.parts.features import ImageEncoder
from polyclinic.parts.vision import ENCODERS
from polyclinic.parts.vision.davit import DaViTEncoder
from polyclinic.parts.vision.keys import Layout, load_public
from polyclinic.parts.vision.layouts import (
    CLIP_RESNET,
    CLIP_VIT,
    DENSENET,
    RESNET,
    TIMM_CONVNEXT,
    TIMM_DAVIT,
    TIMM_VIT,
    TORCHVISION_CONVNEXT,
    TORCHVISION_SWIN,
)


@pytest.fixture(scope="module", autouse=True)
def _torchvision_without_operators() -> None:
    """A torchvision built for another torch lacks its compiled operators; its networks need none of them."""
    if importlib.util.find_spec("torchvision") is None:
        return
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)


_KEPT: list[Any] = []


def shaken(model: nn.Module) -> nn.Module:
    """No weight at a special value: norms that are one, biases and running means that are zero hide a swap."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                noise = torch.rand(tensor.shape, generator=generator)
                tensor.mul_(0.9 + 0.2 * noise).add_(0.04 * (noise.flip(0) - 0.5))
    return model.eval()


def agree(theirs: nn.Module, seen: Callable[[Tensor], Tensor], ours: ImageEncoder, layout: Layout, size: int) -> None:
    """Both see the same in two images of noise."""
    load_public(ours, shaken(theirs).state_dict(), layout)
    image = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected, found = seen(image), ours.eval()(image).pooled_BE
    assert expected.std() > 0.01
    torch.testing.assert_close(found / expected.std(), expected / expected.std(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("peer", "own", "layout", "size"),
    [
        ("vit_base_patch16_224", "vit-b-16", TIMM_VIT, 224),
        ("resnet50", "resnet50", RESNET, 96),
        ("densenet121", "densenet121", DENSENET, 96),
        ("convnext_tiny", "convnext-t", TIMM_CONVNEXT, 96),
    ],
)
def test_timm(peer: str, own: str, layout: Layout, size: int) -> None:
    timm = pytest.importorskip("timm")
    theirs = timm.create_model(peer, num_classes=0)
    agree(theirs, theirs, ENCODERS[own](channels=3, image_size=size), layout, size)


@pytest.mark.slow
def test_siglip_of_timm() -> None:
    timm = pytest.importorskip("timm")
    # Fewer places than the weights were made for: the same layers, in seconds. The weights were trained with the
    # tanh form of GELU, timm's default is the exact one.
    theirs = timm.create_model("vit_so400m_patch14_siglip_384", num_classes=0, img_size=112, act_layer="gelu_tanh")
    agree(theirs, theirs, ENCODERS["vit-so400m-14-384"](channels=3, image_size=112), TIMM_VIT, 112)


def test_davit_of_timm() -> None:
    davit = pytest.importorskip("timm.models.davit")
    theirs = davit.DaVit(
        depths=(1, 2, 1),
        embed_dims=(32, 64, 96),
        num_heads=(2, 4, 6),
        window_size=4,
        down_kernel_size=3,
        channel_attn_v2=True,
        named_blocks=True,
        num_classes=0,
    )
    ours = DaViTEncoder(channels=3, widths=(32, 64, 96), depths=(1, 2, 1), head_width=16, window=4)
    agree(theirs, theirs, ours, TIMM_DAVIT, 72)


@pytest.mark.parametrize(
    ("peer", "own", "layout"),
    [
        ("resnet50", "resnet50", RESNET),
        ("densenet121", "densenet121", DENSENET),
        ("convnext_tiny", "convnext-t", TORCHVISION_CONVNEXT),
        ("swin_t", "swin-t", TORCHVISION_SWIN),
    ],
)
def test_torchvision(peer: str, own: str, layout: Layout) -> None:
    models = pytest.importorskip("torchvision.models", exc_type=ImportError)
    theirs = getattr(models, peer)(weights=None)
    if peer == "convnext_tiny":
        theirs.classifier[2] = nn.Identity()
    else:
        head = next(name for name in ("fc", "classifier", "head") if hasattr(theirs, name))
        setattr(theirs, head, nn.Identity())
    agree(theirs, theirs, ENCODERS[own](channels=3, image_size=96), layout, 96)


def test_clip_vit_of_open_clip() -> None:
    clip = pytest.importorskip("open_clip")
    model = clip.create_model("ViT-B-16-quickgelu")
    model.visual.proj = None
    agree(model, model.visual, ENCODERS["vit-b-16-clip"](channels=3, image_size=224), CLIP_VIT, 224)


def test_clip_resnet_of_open_clip() -> None:
    clip = pytest.importorskip("open_clip")
    model = clip.create_model("RN50-quickgelu")
    agree(model, model.visual, ENCODERS["resnet50-clip"](channels=3, image_size=224), CLIP_RESNET, 224)
