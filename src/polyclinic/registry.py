"""Finds systems by reading their `CARD` and `CLAIM` literals; imports a system only when it is built.

A file in `systems/` is its own registration. Other packages add theirs through the entry-point group
`polyclinic.systems` (name: the id; value: a module that has a `CARD`).
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from polyclinic.cards import Card, Claim
from polyclinic.errors import RecordError, UsageError

ENTRY_POINTS = "polyclinic.systems"


@dataclass(frozen=True)
class Entry:
    """A system's card, its presets, where it lives, and its claim where it makes one."""

    card: Card
    presets: tuple[str, ...]
    module: str
    file: Path
    claim: Claim | None = None


@cache
def systems() -> Mapping[str, Entry]:
    """All systems by id: this package's own first, then those of other packages."""
    folder = Path(__file__).parent / "systems"
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    found = [_read(path, f"polyclinic.systems.{path.stem}") for path in files]
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        spec = importlib.util.find_spec(point.value)
        if spec and spec.origin:
            found.append(_read(Path(spec.origin), point.value))
    return {entry.card.id: entry for entry in found}


def find(system_id: str) -> Entry:
    """The entry of one system.

    Raises:
        UsageError: no such system; the hint names the nearest.
    """
    known = systems()
    if system_id in known:
        return known[system_id]
    near = difflib.get_close_matches(system_id, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "polyclinic systems lists them"
    raise UsageError(f"no system is named {system_id!r}", hint=hint)


def load(system_id: str) -> ModuleType:
    """Import the module of one system (this is where torch comes in)."""
    return importlib.import_module(find(system_id).module)


def described(entry: Entry) -> dict[str, Any]:
    """A system's card and presets as JSON values."""
    card = entry.card
    return {
        "id": card.id,
        "title": card.title,
        "year": card.year,
        "kinds": list(card.kinds),
        "verbs": list(card.verbs),
        "checked": card.checked,
        "paper": card.paper,
        "published": dict(card.published),
        "weights": card.weights,
        "differs": card.differs,
        "claim": entry.claim.says if entry.claim else None,
        "presets": list(entry.presets),
    }


def _read(path: Path, module: str) -> Entry:
    """Card, claim and preset names from the source text, by `ast`; nothing is imported."""
    card: Card | None = None
    claim: Claim | None = None
    presets: tuple[str, ...] = ()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if not isinstance(target, ast.Name):
            continue
        value = getattr(node, "value", None)
        if target.id == "CARD" and isinstance(value, ast.Call):
            card = Card(**_literals(value))
        elif target.id == "CLAIM" and isinstance(value, ast.Call):
            claim = Claim(**_literals(value))
        elif target.id == "PRESETS" and isinstance(value, ast.Dict):
            presets = tuple(str(ast.literal_eval(key)) for key in value.keys if key)
    if card is None:
        raise RecordError(f"{path}: no CARD = Card(...) with literals only")
    return Entry(card, presets, module, path, claim)


def _literals(call: ast.Call) -> dict[str, Any]:
    return {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
