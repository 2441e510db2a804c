"""Published weights into a model of ours: names are translated by a table, and every weight must find its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from polyclinic.errors import CheckpointError

# Patterns and what stands in their place, applied to each name in their order.
Names = Sequence[tuple[str, str]]
Made = TypeVar("Made", bound=nn.Module)

# A ResNet of torchvision as `parts.vision.resnet`, behind whatever prefix it has.
RESNET_NAMES: Names = (
    *((rf"\blayer{stage + 1}\.(\d+)\.downsample\.", rf"stages.{stage}.\1.shortcut.") for stage in range(4)),
    *((rf"\blayer{stage + 1}\.(\d+)\.", rf"stages.{stage}.\1.") for stage in range(4)),
    *(
        (rf"(stages\.\d+\.\d+)\.{kind}{place}\.", rf"\1.{part}.{step}.")
        for place, part in ((1, "narrow"), (2, "middle"), (3, "widen"))
        for step, kind in enumerate(("conv", "bn"))
    ),
    (r"\bconv1\.", "stem.0."),
    (r"\bbn1\.", "stem.1."),
)


def load_public(model: Made, file: Path, names: Names, *, unused: Sequence[str] = ()) -> Made:
    """Fill a model with published weights, ready to be asked.

    Args:
        file: safetensors.
        names: from the published names to the model's.
        unused: patterns of published names that the model has no use for.

    Raises:
        CheckpointError: the file is missing or damaged, or its weights are not those of this model.
    """
    try:
        published = load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{file} cannot be read: {error}", hint="weights are read from safetensors only"
        ) from error
    found = {
        _renamed(name, names): value
        for name, value in published.items()
        if not any(re.search(pattern, name) for pattern in unused)
    }
    try:
        model.load_state_dict(found)
    except RuntimeError as error:
        raise CheckpointError(f"{file} does not hold this model: {error}") from error
    return model.eval()


def _renamed(name: str, names: Names) -> str:
    for pattern, ours in names:
        name = re.sub(pattern, ours, name)
    return name
