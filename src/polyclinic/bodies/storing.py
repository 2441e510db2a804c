"""Models on disk: `config.json` says what one is made of, `model.safetensors` holds its weights, published ones too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from polyclinic.errors import CheckpointError, PolyclinicError
from polyclinic.records import to_plain

CONFIG, WEIGHTS = "config.json", "model.safetensors"
PICKLED = (".bin", ".pt", ".pth", ".ckpt")
DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError, RecursionError, SafetensorError, PolyclinicError)


def write_model(folder: Path, model: nn.Module, system: str, **made_of: Any) -> None:
    """Write both files.

    Args:
        made_of: what the model is built from, by the names that `described` gives back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / WEIGHTS)
    record = {"system": system, **{name: to_plain(value) for name, value in made_of.items()}}
    (folder / CONFIG).write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", "utf-8")


@contextmanager
def described(folder: Path, system: str) -> Iterator[dict[str, Any]]:
    """What `config.json` says; whatever fails while a model is made of it tells of a damaged folder.

    Raises:
        CheckpointError: files are missing, damaged, or do not fit together.
    """
    try:
        yield json.loads((folder / CONFIG).read_text("utf-8"))
    except DAMAGE as error:
        raise CheckpointError(f"{folder} holds no model of {system}: {error}") from error


def read_weights(folder: Path, model: nn.Module) -> None:
    """Load the weights, every one of them."""
    model.load_state_dict(load_file(folder / WEIGHTS))


def published_weights(file: Path) -> dict[str, Tensor]:
    """Published weights by their published names.

    Raises:
        CheckpointError: the file is missing, damaged, or there in pickled form only.
    """
    pickled = sorted(other.name for other in file.parent.glob("*") if other.suffix in PICKLED)
    if not file.is_file() and pickled:
        raise CheckpointError(
            f"{file.parent} holds {pickled[0]} and no {file.name}: a pickled file can run code when it is opened",
            hint=f"convert it once: safetensors.torch.save_file(torch.load({pickled[0]!r}, weights_only=True), "
            f"{file.name!r})",
        )
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{file} cannot be read: {error}", hint="weights are read from safetensors only"
        ) from error
