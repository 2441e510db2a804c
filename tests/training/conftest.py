"""The toy system, installed as another package would be, and data for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from polyclinic import registry
from polyclinic.store.collection import Collection, Header, open_collection, write_collection
from polyclinic.study import Study

TOY = Path(__file__).parent / "toy"


@pytest.fixture(autouse=True)
def toy_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`toy` is a system by its entry point."""
    monkeypatch.syspath_prepend(str(TOY))
    registry.systems.cache_clear()
    yield TOY
    registry.systems.cache_clear()
    sys.modules.pop("toy_system", None)


@pytest.fixture(scope="session")
def toy_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of numbers on labels: b = 2 a + 1."""
    root = tmp_path_factory.mktemp("data") / "numbers"
    values = np.random.default_rng(0).normal(size=100)
    studies = [Study(f"s{i}", f"p{i}", labels={"a": float(a), "b": float(2 * a + 1)}) for i, a in enumerate(values)]
    write_collection(root, Header("numbers"), studies)
    return root


@pytest.fixture
def numbers(toy_data: Path) -> Collection:
    return open_collection(toy_data)
