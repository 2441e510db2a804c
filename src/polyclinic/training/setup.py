"""What happens before the first step: the material, the run folder, the model to start from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import safe_open
from torch import nn

from polyclinic import models
from polyclinic.configs import configure, plain_config
from polyclinic.errors import CheckpointError, PolyclinicError, TrainingError, UnsupportedError, UsageError
from polyclinic.store.collection import Collection, Shelf
from polyclinic.store.compact import compact
from polyclinic.study import Study
from polyclinic.training.checkpoint import FOLDER, START, write_folder
from polyclinic.training.lock import LOCK
from polyclinic.training.options import Options
from polyclinic.training.record import FILE, check_same, describe_data, environment, read_record
from polyclinic.training.schedule import Budget
from polyclinic.training.stages import Stage

Note = Callable[[str], None]


def chosen_config(module: ModuleType, options: Options) -> Any:
    """The preset with the settings applied.

    Raises:
        UsageError: no such preset.
        ConfigError: a setting that does not exist or has the wrong type.
    """
    if options.preset not in module.PRESETS:
        raise UsageError(f"no preset is named {options.preset!r}", hint="presets: " + ", ".join(module.PRESETS))
    return configure(module.PRESETS[options.preset], options.settings)


def check_stages(stages: Sequence[Stage], world: int) -> None:
    """Refuse what cannot be trained.

    Raises:
        TrainingError: a system without a stage or a step.
        UsageError: a batch that the processes cannot share evenly.
    """
    if not stages or any(stage.steps < 1 for stage in stages):
        raise TrainingError("expected stages of at least one step each", hint="is there a --set steps=0?")
    for stage in stages:
        if stage.batch < 1 or stage.batch % world:
            raise UsageError(
                f"stage {stage.name!r}: {world} processes cannot share a batch of {stage.batch} evenly",
                hint="--set batch=N with a multiple of the number of processes",
            )


def material(collection: Collection, split: str, note: Note, *, whole: bool = False) -> Sequence[Study]:
    """The Studies to train on, in little memory where that can be; volumes become their slices.

    Args:
        whole: whether volumes stay as they are.

    Raises:
        UsageError: no Study in the split.
        TrainingError: none of them can be read.
    """
    failed: list[str] = []
    chosen = collection.split(split)
    if isinstance(chosen, Shelf) and (whole or all(map(_is_flat, chosen))):
        return chosen
    studies = compact(chosen if whole else _flattened(chosen, failed), collection.root)
    if failed:
        note(f"{len(failed)} studies cannot be read and are left out, the first: {failed[0]}")
    if not studies:
        raise TrainingError(f"split {split!r} has no study that can be used", hint="polyclinic data check DATA")
    return studies


def _flattened(studies: Iterable[Study], failed: list[str]) -> Iterator[Study]:
    """Studies with their volumes cut into slices; those that cannot be read are told in `failed`."""
    from polyclinic.curate.slices import slices

    for study in studies:
        try:
            yield from slices(study)
        except PolyclinicError as error:
            failed.append(f"{study.id}: {error}")


def _is_flat(study: Study) -> bool:
    """Whether a Study shows no volume, as far as can be told; what is damaged is told where it is loaded."""
    try:
        return not study.images or not study.images[0].is_volume
    except PolyclinicError:
        return True


def sees_volumes(model: Any, config: Any) -> bool:
    """Whether a system's class of model, configured so, is trained on whole volumes."""
    return hasattr(model, "sees_volumes") and bool(model.sees_volumes(config))


def new_record(system: str, config: Any, options: Options, budget: Budget, collection: Collection) -> dict[str, Any]:
    """What `run.json` says from the start."""
    return {
        "system": system,
        "preset": options.preset,
        "config": plain_config(config),
        "seed": options.seed,
        "budget": {"steps": budget.steps, "seconds": budget.seconds},
        "start_from": options.start_from,
        "split": options.split,
        **describe_data(collection),
        **environment(),
    }


def check_folder(run: Path) -> None:
    """Refuse to write into a folder that is not a run.

    Raises:
        UsageError: a file, or a folder with other things in it.
    """
    if run.is_file():
        raise UsageError(f"{run} is a file", hint="give --out a new folder")
    if run.is_dir() and any(run.iterdir()) and not ((run / FILE).is_file() or (run / LOCK).is_file()):
        raise UsageError(f"{run} is not empty and no run", hint="give --out a new folder")


def earlier_record(run: Path, record: dict[str, Any]) -> dict[str, Any] | None:
    """What an earlier session of the same run left; None for a new run.

    Raises:
        UsageError: the run was started differently.
    """
    old = read_record(run)
    if old is not None:
        check_same(old, json.loads(json.dumps(record)), run)
    return old


def build_start(module: ModuleType, config: Any, studies: Sequence[Study], options: Options, run: Path) -> Any:
    """Make the model from the Studies and keep it as the run's start.

    Returns:
        The model, and what building it took in seconds.

    Raises:
        UnsupportedError: weights to start from were given and the system takes none.
    """
    began = time.perf_counter()
    torch.manual_seed(options.seed)
    model = module.Model.from_studies(config, studies)
    if options.start_from is not None:
        if not hasattr(model, "load_compatible"):
            raise UnsupportedError(f"{module.CARD.id} cannot start from another model", hint="leave out --from")
        with torch.no_grad():
            model.load_compatible(_start_folder(options.start_from, module.CARD.id))
    write_folder(run / FOLDER / START, model.save_pretrained)
    return model, time.perf_counter() - began


def _start_folder(name: str, system: str) -> Path:
    folder = models.folder_of(name)
    try:
        other = json.loads((folder / "config.json").read_text("utf-8")).get("system")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{folder / 'config.json'} is damaged") from error
    if other != system:
        raise UsageError(f"{name} is a {other}, a {system} cannot start from it")
    return folder


def has_start(run: Path) -> bool:
    """Whether the run got as far as having a model to start from."""
    return (run / FOLDER / START / "model.safetensors").is_file()


def reopen_start(module: ModuleType, run: Path) -> Any:
    """The model as the run started with it.

    Raises:
        CheckpointError: it is damaged.
    """
    return module.Model.from_pretrained(run / FOLDER / START)


def names_left_out(model: nn.Module, stages: Sequence[Stage], always: frozenset[str], run: Path) -> frozenset[str]:
    """Parameters that checkpoints need not hold: never trained, and not in the system's own save either."""
    trained = set(always)
    for stage in stages:
        if stage.trainable is not None:
            chosen = {id(parameter) for parameter in stage.trainable(model)}
            trained |= {name for name, parameter in model.named_parameters() if id(parameter) in chosen}
    with safe_open(run / FOLDER / START / "model.safetensors", framework="pt") as saved:
        kept = set(saved.keys())
    return frozenset(name for name, _ in model.named_parameters() if name not in trained and name not in kept)
