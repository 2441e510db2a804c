"""Which layout a path is of, and what is said where it is of none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polyclinic.errors import LayoutError, ReadError
from polyclinic.layouts import LAYOUTS, open_folder

Paint = Callable[..., Path]


def test_one_image(paint: Paint) -> None:
    (study,) = open_folder(paint("a.png"))
    assert (study.id, study.images[0].pixels.shape) == ("a", (1, 6, 8))


def test_one_broken_image(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ReadError):
        open_folder(tmp_path / "a.png")


def test_nothing_is_told_with_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="is empty"):
        open_folder(tmp_path)
    (tmp_path / "readme.txt").write_text("x")
    with pytest.raises(LayoutError, match=r"1 \.txt files") as caught:
        open_folder(tmp_path)
    assert all(layout.LOOKED_FOR in str(caught.value.hint) for layout in LAYOUTS)
    with pytest.raises(LayoutError, match="is missing"):
        open_folder(tmp_path / "nowhere")
