"""Published weights into a dual encoder of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from torch import nn

from polyclinic.bodies.storing import published_weights
from polyclinic.parts.vision.keys import Layout, load_public

Made = TypeVar("Made", bound=nn.Module)

# open_clip's models whose text encoder is one of transformers; its pooler lies unused in older files.
OPEN_CLIP_TEXT: Mapping[str, str] = {
    "text_encoder.bert": "text.transformer",
    "text_head": "text.proj",
    "log_scale": "logit_scale",
}
OPEN_CLIP_UNUSED = ("text.transformer.pooler.", "text.transformer.embeddings.position_ids")


def with_published(model: Made, file: Path, layout: Layout) -> Made:
    """A model with published weights, ready to be asked.

    Args:
        file: safetensors.
        layout: own names and published names of the whole model.

    Raises:
        CheckpointError: the file is missing or damaged, or its weights are not those of this model.
    """
    load_public(model, published_weights(file), layout)
    return model.eval()


def within(ours: str, theirs: str, layout: Layout) -> dict[str, str]:
    """A part's names as those of the whole: `ours` and `theirs` stand before them."""
    return {f"{ours}.{own}": f"{theirs}.{public}" for own, public in layout.names.items()}
