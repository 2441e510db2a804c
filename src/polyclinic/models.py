"""Opens a trained model by run folder or by the name of a shipped checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from polyclinic import registry
from polyclinic.errors import CheckpointError, UsageError

SHIPPED = Path(__file__).parent / "checkpoints"


def folder_of(model: str) -> Path:
    """The folder of a run or of a shipped checkpoint.

    Raises:
        UsageError: neither a folder nor a shipped name.
        CheckpointError: a run that is not finished.
    """
    for folder in (Path(model), SHIPPED / model):
        if (folder / "config.json").is_file() and (folder / "model.safetensors").is_file():
            return folder
    if Path(model).is_dir():
        raise CheckpointError(
            f"{model} holds no finished model (config.json and model.safetensors)",
            hint="run the same `polyclinic fit` command again: it resumes where it stopped",
        )
    shipped = ", ".join(shipped_names()) or "none"
    raise UsageError(f"no model {model!r}", hint=f"give a run folder or a shipped checkpoint ({shipped})")


def shipped_names() -> list[str]:
    """Names of the checkpoints that come with the package."""
    return sorted(path.parent.name for path in SHIPPED.glob("*/model.safetensors"))


def load_model(model: str) -> Any:
    """Build the system that the folder's `config.json` names and load its weights.

    Raises:
        CheckpointError: `config.json` is damaged or names no system.
    """
    folder = folder_of(model)
    return registry.load(system_of(folder)).Model.from_pretrained(folder)


def system_of(folder: Path) -> str:
    """Id of the system that a model's folder is of.

    Raises:
        CheckpointError: `config.json` is damaged or names no system.
    """
    try:
        system = json.loads((folder / "config.json").read_text("utf-8"))["system"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(f"{folder / 'config.json'} is damaged or names no system") from error
    if not isinstance(system, str):
        raise CheckpointError(f"{folder / 'config.json'} is damaged or names no system")
    return system
