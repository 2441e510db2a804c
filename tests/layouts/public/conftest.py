"""The miniature folders of the layouts' tests, and text files."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def text(tmp_path: Path) -> Write:
    """Write a text file; one whose name ends in .gz is packed."""

    def write(path: str, *lines: str) -> Path:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        data = "\n".join([*lines, ""]).encode()
        target.write_bytes(gzip.compress(data) if path.endswith(".gz") else data)
        return target

    return write
