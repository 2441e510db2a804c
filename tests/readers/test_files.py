"""What the readers share: sizes refused, errors turned, dispatch by content."""

from __future__ import annotations

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from polyclinic.errors import PixelError, ReadError
from polyclinic.readers import FileLabels, FilePixels, is_image_name, read_labels, read_pixels, read_slice, tiff
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


def test_threads_that_read_at_once_leave_warnings_as_they_were() -> None:
    """The first one leaves while the second, which came after it, is still within."""
    before, first_in, second_in = list(warnings.filters), threading.Event(), threading.Event()

    def first() -> None:
        with reading(Path("x"), "PNG"):
            first_in.set()
            second_in.wait(timeout=5)
            warnings.warn("a decoder's own", stacklevel=1)

    with ThreadPoolExecutor(1) as pool:
        left = pool.submit(first)
        first_in.wait(timeout=5)
        with reading(Path("y"), "PNG"):
            second_in.set()
            left.result(timeout=5)
            warnings.warn("a decoder's own", stacklevel=1)
    assert warnings.filters == before


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
    for path in (tmp_path, tmp_path / ("long" * 100)):
        with pytest.raises(ReadError):
            read_pixels(path)
    with pytest.raises(ReadError, match="cannot read"):
        read_labels(tmp_path / "gone.png")


def test_names_of_images() -> None:
    assert [is_image_name(name) for name in ("a.PNG", "a.nii.gz", "a.gz", "png")] == [True, True, False, False]


def test_a_slice_of_a_format_without_its_own_way_is_cut_from_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = np.arange(20 * 6, dtype=np.uint8).reshape(20, 2, 3)
    tifffile.imwrite(tmp_path / "a.tif", data, photometric="minisblack")
    Pillow.fromarray(np.eye(3, dtype=np.uint8)).save(tmp_path / "flat.png")
    with pytest.raises(PixelError, match="no slice 0"):
        read_slice(tmp_path / "flat.png", 0)
    for own_way in (True, False):
        if not own_way:
            monkeypatch.delattr(tiff, "plane")
        assert (FilePixels(tmp_path / "a.tif").slice(7)[0] == data[7]).all()
        assert (FileLabels(tmp_path / "a.tif").slice(7) == data[7]).all()
        for slice_of in (FilePixels(tmp_path / "a.tif").slice, FileLabels(tmp_path / "a.tif").slice):
            with pytest.raises(PixelError, match="no slice 20"):
                slice_of(20)
