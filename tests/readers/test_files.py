"""What the readers share: sizes refused, errors turned, dispatch by content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import PixelError, ReadError
from polyclinic.readers import is_image_name, read_labels, read_pixels
from polyclinic.readers.files import check_size, read_head, reading


@pytest.mark.parametrize(
    ("shape", "told"), [((0, 5), "holds no pixels"), ((), "holds no pixels"), ((70000, 70000), "GiB")]
)
def test_sizes_are_refused(shape: tuple[int, ...], told: str) -> None:
    with pytest.raises(ReadError, match=told):
        check_size(Path("x"), shape, 1)


def test_whatever_a_decoder_raises_becomes_a_read_error() -> None:
    for error in (KeyError("x"), MemoryError(), RecursionError("deep")):
        with pytest.raises(ReadError, match="cannot read x as PNG"), reading(Path("x"), "PNG"):
            raise error
    with pytest.raises(PixelError), reading(Path("x"), "PNG"):
        raise PixelError("own errors pass")


def test_private_errors_do_not_quote_the_file() -> None:
    with pytest.raises(ReadError) as caught, reading(Path("x"), "DICOM", private=True):
        raise ValueError("Doe^Jane")
    assert str(caught.value) == "cannot read x as DICOM: ValueError"


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    Pillow.fromarray(np.eye(3, dtype=np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.dcm")
    assert read_pixels(tmp_path / "a.dcm").shape == (1, 3, 3)


def test_folders_and_empty_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(ReadError, match="is empty"):
        read_head(tmp_path / "empty.png")
    with pytest.raises(ReadError):
        read_head(tmp_path)
    with pytest.raises(ReadError, match="cannot read"):
        read_labels(tmp_path / "gone.png")


def test_names_of_images() -> None:
    assert [is_image_name(name) for name in ("a.PNG", "a.nii.gz", "a.gz", "png")] == [True, True, False, False]
