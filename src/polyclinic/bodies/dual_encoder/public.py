"""Published weights into a dual encoder of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from polyclinic.errors import CheckpointError
from polyclinic.parts.vision.keys import Layout, load_public

Made = TypeVar("Made", bound=nn.Module)


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


def published_weights(file: Path) -> dict[str, Tensor]:
    """The tensors of a file of safetensors by their published names.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{file} cannot be read: {error}", hint="weights are read from safetensors only"
        ) from error


def within(ours: str, theirs: str, layout: Layout) -> dict[str, str]:
    """A part's names as those of the whole: `ours` and `theirs` stand before them."""
    return {f"{ours}.{own}": f"{theirs}.{public}" for own, public in layout.names.items()}
