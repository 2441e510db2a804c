"""Options and fixtures that all tests share."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

GOLDEN = Path(__file__).parent / "golden"
Golden = Callable[[str, Any], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is found to tests/golden instead of comparing with it"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a plain value with `tests/golden/NAME`, or store it with `--update-golden`."""

    def compare(name: str, found: Any) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        assert path.is_file(), f"{path} is missing: make it with pytest --update-golden"
        assert found == json.loads(path.read_text("utf-8")), f"differs from {path}: if meant, pytest --update-golden"

    return compare
