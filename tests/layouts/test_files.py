"""Files found again from what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import LayoutError
from polyclinic.layouts.files import Files, looks_like_image, stem

FILES = Files(Path("/sets/set"), ("images/a.png", "images/b.nii.gz", "masks/a.png", "x/c.jpg", "y/c.jpg", "t.csv"))


@pytest.mark.parametrize(
    ("called", "path"),
    [
        ("images/a.png", "images/a.png"),
        ("a.png", "images/a.png"),
        ("a", "images/a.png"),
        ("b", "images/b.nii.gz"),
        ("masks/a", "masks/a.png"),
        ("images\\a.png", "images/a.png"),
        ("/sets/set/x/c.jpg", "x/c.jpg"),
        ("c.jpg", None),
        ("c", None),
        ("ages/a.png", None),
        ("", None),
        ("/etc/passwd", None),
        ("../set/images/a.png", None),
    ],
)
def test_find(called: str, path: str | None) -> None:
    assert FILES.find(called) == path


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    for path in (".git/a.png", ".hidden.png", "sub/a.png"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"x")
    assert Files.below(tmp_path).paths == ("sub/a.png",)


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LayoutError, match="no folder"):
        Files.below(tmp_path / "file")


@pytest.mark.parametrize(("name", "expected"), [("a.b.png", "a.b"), ("x/s.nii.gz", "s"), ("plain", "plain")])
def test_stem(name: str, expected: str) -> None:
    assert stem(name) == expected


def test_looks_like_image() -> None:
    assert looks_like_image("x/a.PNG")
    assert not looks_like_image("a.png\nb.png")
    assert not looks_like_image("a sentence.")
