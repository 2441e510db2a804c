"""The template as a registered system whose claim takes no training, so that its scores are known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from polyclinic import registry
from polyclinic.systems import _template

FILE = Path(_template.__file__)


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> registry.Entry:
    """The template, the only system there is, with two steps of training."""
    found = registry._read(FILE, "polyclinic.systems._template")
    assert found.claim is not None
    found = dataclasses.replace(found, claim=dataclasses.replace(found.claim, steps=2))
    monkeypatch.setattr(registry, "systems", lambda: {"template": found})
    return found


@pytest.fixture
def scored(entry: registry.Entry, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Its claim gives 0.7 plus the seed's hundredth with the method, 0.5 without; what was called is listed."""
    called: list[tuple[str, int]] = []

    def claim(arm: str, trial: object) -> float:
        called.append((arm, trial.seed))
        return (0.7 if arm == "nano" else 0.5) + trial.seed / 100

    monkeypatch.setattr(_template, "claim", claim)
    return called
