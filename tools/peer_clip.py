"""open_clip beside this package, for comparisons.

It is no dependency and is installed apart:

    python -m venv --system-site-packages /tmp/peer && /tmp/peer/bin/pip install open_clip_torch

When it is imported it asks for torchvision, of which its models and losses need nothing but names. Torchvision has to
be built for the very torch that is here, and for the processor's builds there is not always one, so in this process
names take its place: all that is imported from `torchvision` is an empty class. What calls them, its transforms, does
not work.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.parts.features import TokenBatch
from polyclinic.parts.text.clip_text import CausalTextEncoder
from polyclinic.parts.vision.vit import ViTBlock, ViTEncoder

MISSING = "torchvision"


class _Name(type):
    """The class of classes that stand for a name; their attributes are names too."""

    def __getattr__(cls, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return f"{cls.__name__}.{name}"


class _Names(ModuleType):
    """A module in which every name is an empty class, the same one each time."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(self, name, _Name(name, (), {}))
        made: type = self.__dict__[name]
        return made


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        return ModuleSpec(name, self, is_package=True) if f"{name}.".startswith(f"{MISSING}.") else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Names(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


def open_clip() -> Any:
    """The library.

    Raises:
        ImportError: it is not installed.
    """
    finder = _Finder()
    sys.meta_path.append(finder)  # behind the finders of what is really there
    try:
        return importlib.import_module("open_clip")
    finally:
        sys.meta_path.remove(finder)


def open_clip_losses() -> Any:
    """Its module of losses alone, which asks for nothing but torch.

    Raises:
        ImportError: it is not installed.
    """
    package = importlib.util.find_spec("open_clip")
    if package is None or not package.submodule_search_locations:
        raise ImportError("open_clip is not installed")
    spec = importlib.util.spec_from_file_location("peer_losses", f"{package.submodule_search_locations[0]}/loss.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Clip(nn.Module):
    """CLIP ViT-B/16 of this package's parts, in the sizes of open_clip's `ViT-B-16`."""

    def __init__(self) -> None:
        super().__init__()
        blocks = [ViTBlock(width=768, heads=12, hidden=3072, activation=nn.GELU(), eps=1e-5) for _ in range(12)]
        self.image = ViTEncoder(
            stem=nn.Conv2d(3, 768, 16, 16, bias=False),
            width=768,
            stride=16,
            image_size=224,
            blocks=blocks,
            before=nn.LayerNorm(768),
            norm=nn.LayerNorm(768),
            pool=None,
            class_token=True,
            attend=False,
        )
        self.text = CausalTextEncoder(vocabulary=49_408, width=512, depth=12, heads=8, longest=77, activation=nn.GELU())
        self.image_head, self.text_head = nn.Linear(768, 512, bias=False), nn.Linear(512, 512, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(2.6593))

    def forward(self, image_BCYX: Tensor, texts: TokenBatch) -> tuple[Tensor, Tensor]:
        """Unit vectors of images and of texts."""
        image_BE = self.image_head(self.image(image_BCYX).pooled_BE)
        text_BE = self.text_head(self.text(texts).pooled_BE)
        return F.normalize(image_BE, dim=-1), F.normalize(text_BE, dim=-1)


# From open_clip's names of weights to this package's.
RENAMED = (
    (r"^visual\.transformer\.resblocks", "image.blocks"),
    (r"^transformer\.resblocks", "text.blocks"),
    (r"\.ln_1\.", ".attention_norm."),
    (r"\.ln_2\.", ".mlp_norm."),
    (r"\.attn\.in_proj_", ".attention.qkv."),
    (r"\.attn\.out_proj\.", ".attention.out."),
    (r"\.mlp\.c_fc\.", ".mlp.0."),
    (r"\.mlp\.c_proj\.", ".mlp.2."),
    (r"^visual\.class_embedding$", "image.class_token"),
    (r"^visual\.positional_embedding$", "image.positions_NE"),
    (r"^visual\.conv1\.", "image.stem."),
    (r"^visual\.ln_pre\.", "image.before."),
    (r"^visual\.ln_post\.", "image.norm."),
    (r"^visual\.proj$", "image_head.weight"),
    (r"^token_embedding\.", "text.embedding."),
    (r"^positional_embedding$", "text.positions_LE"),
    (r"^ln_final\.", "text.norm."),
    (r"^text_projection$", "text_head.weight"),
    (r"^logit_scale$", "log_scale"),
)
TURNED = ("visual.proj", "text_projection")  # matrices that are multiplied from the other side


def renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights of an open_clip model under the names of `Clip`."""
    found = {}
    for name, value in state.items():
        ours = name
        for pattern, replacement in RENAMED:
            ours = re.sub(pattern, replacement, ours)
        found[ours] = value.T if name in TURNED else value
    return found
