"""`run.json`: what was run, on what, with which versions, how long it took and how it went."""

from __future__ import annotations

import csv
import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polyclinic.errors import CheckpointError, ReadError, UsageError
from polyclinic.store.collection import STUDIES, Collection, Shelf
from polyclinic.store.index import INDEX
from polyclinic.store.shelf import ShardStudies
from polyclinic.study import MaskFile, Study

FILE, LOSSES = "run.json", "loss.csv"
LIBRARIES = ("polyclinic", "torch", "numpy", "transformers", "accelerate", "safetensors")
CURVE_POINTS = 200
# What must be the same for a run to go on, and how the user says it.
FIXED = {
    "system": "ID",
    "config": "--preset and --set",
    "seed": "--seed",
    "budget": "--steps or --minutes",
    "start_from": "--from",
    "split": "--split",
    "checksum": "DATA",
}


def read_record(run: Path) -> dict[str, Any] | None:
    """The record of a run folder; None where there is none yet.

    Raises:
        CheckpointError: it is damaged.
    """
    try:
        record: dict[str, Any] = json.loads((run / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{run / FILE} is damaged: {error}", hint="remove the run folder to start again"
        ) from error
    return record


def write_record(run: Path, record: Mapping[str, Any]) -> None:
    """Write `run.json` as a whole or not at all.

    Raises:
        CheckpointError: it cannot be written.
    """
    part = run / f"{FILE}.part"
    try:
        part.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
        part.replace(run / FILE)
    except OSError as error:
        raise CheckpointError(f"cannot write {run / FILE}: {error.strerror}", hint="make room on the disk") from error


def check_same(old: Mapping[str, Any], new: Mapping[str, Any], run: Path) -> None:
    """Refuse to go on with a run that was started differently.

    Raises:
        UsageError: names what differs.
    """
    for key, said in FIXED.items():
        if old.get(key) != new[key]:
            raise UsageError(
                f"{run} was started with another {key} ({said}): {_difference(old.get(key), new[key])}",
                hint="repeat the command it was started with, or give another --out",
            )


def _difference(old: Any, new: Any) -> str:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return ", ".join(f"{key} was {old.get(key)}, is {new.get(key)}" for key in keys[:3])
    return f"it was {old}, it is {new}"


def describe_data(collection: Collection) -> dict[str, Any]:
    """Name, note, studies per split and checksum of a collection."""
    shelf = collection.studies
    if isinstance(shelf, Shelf):  # told by its index, without reading what may lie far away
        splits = {name: len(shelf.of_split(name)) for name in shelf.splits()}
    else:
        splits = Counter(collection.header.splits.of(study) for study in collection)
    return {
        "data": collection.header.name,
        "note": collection.header.note,
        "studies": dict(sorted(splits.items())),
        "checksum": checksum(collection),
    }


def checksum(collection: Collection) -> str:
    """SHA-256 of `studies.jsonl`, or of shards' index; for other layouts of the Studies and their files' sizes.

    Raises:
        ReadError: `studies.jsonl` or the index cannot be read.
    """
    if isinstance(collection.studies, ShardStudies):
        return hashlib.sha256(collection.studies.reader.small(INDEX)).hexdigest()
    listing = collection.root / STUDIES
    if listing.is_file():
        try:
            return hashlib.sha256(listing.read_bytes()).hexdigest()
        except OSError as error:
            raise ReadError(f"cannot read {listing}: {error.strerror}") from error
    digest = hashlib.sha256()
    for study in collection:
        digest.update(json.dumps(study.to_json(), sort_keys=True, ensure_ascii=False).encode())
        for path in _files(study):
            digest.update(f"{path} {_size(collection.root / path)}".encode())
    return digest.hexdigest()


def _files(study: Study) -> list[str]:
    masks = [region.mask.path for region in study.regions if isinstance(region.mask, MaskFile)]
    return [image.path for image in study.images] + masks


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def environment() -> dict[str, Any]:
    """Versions, commit and hardware."""
    return {"versions": versions(), "commit": commit(), "hardware": hardware()}


def versions() -> dict[str, str]:
    """Of Python and the libraries that numbers depend on."""
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in LIBRARIES}


def commit() -> str | None:
    """The commit of the checkout that this package runs from, marked where it was changed; None outside of one."""
    here = str(Path(__file__).parents[1])
    try:
        _git(here, "ls-files", "--error-unmatch", "__init__.py")  # not the commit of a checkout around the installation
        head = _git(here, "rev-parse", "HEAD")
        changed = _git(here, "status", "--porcelain", "--untracked-files=no", ".")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{head} (changed)" if changed else head


def _git(folder: str, *words: str) -> str:
    done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()


def hardware() -> dict[str, Any]:
    """Processor, usable cores, memory and GPUs."""
    import psutil
    import torch

    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    memory = round(psutil.virtual_memory().total / 2**30, 1)
    return {"cpu": _cpu(), "cores": cores(), "memory_gib": memory, "gpus": gpus}


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def loss_curve(run: Path) -> list[list[float]]:
    """(step, loss) pairs of `loss.csv`, thinned out."""
    path = run / LOSSES
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        points = [[int(row["step"]), float(row["loss"])] for row in csv.DictReader(file)]
    stride = max(1, -(-len(points) // CURVE_POINTS))
    return points[::-1][::stride][::-1]
