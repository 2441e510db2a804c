"""A folder of slices is a volume: order, affine, names, siblings in one folder, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from polyclinic.errors import ReadError
from polyclinic.readers import image_files, read_image, read_labels, read_pixels, read_shape
from polyclinic.readers.dicom.series import below, find, series_of

Series = Callable[..., list[Path]]
VALUES = np.arange(24, dtype=np.int16).reshape(3, 2, 4)


def shuffle(paths: list[Path]) -> None:
    """Names that tell nothing of the order."""
    for path, name in zip(paths, ("c.dcm", "a.dcm", "b.dcm"), strict=False):
        path.rename(path.with_name(name))


def test_slices_are_ordered_by_where_they_lie(tmp_path: Path, write_series: Series) -> None:
    shuffle(write_series(tmp_path / "s", VALUES, step=(0, 0, 2.5), spacing=[0.5, 0.25], EchoTime=9.5))
    image = read_image(tmp_path / "s")
    assert (image.pixels == VALUES[None]).all()
    assert (image.modality, image.view, image.spacing_mm) == ("MR", "axial", (2.5, 0.5, 0.25))
    assert image.affine == ((-0.25, 0, 0, 0), (0, -0.5, 0, 0), (0, 0, 2.5, 0), (0, 0, 0, 1))
    assert read_shape(tmp_path / "s") == (1, 3, 2, 4)
    assert [path.name for path in image_files(tmp_path / "s")] == ["c.dcm", "a.dcm", "b.dcm"]


def test_slices_stored_backwards_give_the_same_places(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES[::-1], step=(0, 0, -2.5), start=(0, 0, 5))
    assert (read_pixels(tmp_path / "s") == VALUES[None]).all()


def test_each_slice_has_its_own_rescale(tmp_path: Path, write_series: Series) -> None:
    paths = write_series(tmp_path / "s", VALUES)
    data = pydicom.dcmread(paths[1])
    data.RescaleSlope, data.RescaleIntercept = 10, 1
    data.save_as(paths[1])
    found = read_pixels(tmp_path / "s")
    assert found[0, :, 0, 0].tolist() == [0, 81, 16]
    assert found.dtype == np.float32


def test_a_folder_with_several_series_is_told_apart_by_key(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s" / "a", VALUES)
    write_series(tmp_path / "s" / "b", VALUES + 100, SeriesInstanceUID="1.2.3.5", SeriesNumber=2)
    found, refused = series_of(below(tmp_path / "s"))
    assert ([series.name for series in found], refused) == (["2 T1 post", "4 T1 post"], [])
    with pytest.raises(ReadError, match="holds 2 DICOM series"):
        read_pixels(tmp_path / "s")
    assert read_pixels(tmp_path / "s#1.2.3.5").min() == 100
    assert read_labels(tmp_path / "s#1.2.3.4").shape == (3, 2, 4)
    with pytest.raises(ReadError, match="no DICOM series"):
        read_pixels(tmp_path / "s#9.9")


def test_echoes_of_one_series_become_volumes_of_their_own(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "a", VALUES, EchoTime=10.0)
    write_series(tmp_path / "b", VALUES + 100, EchoTime=80.0)
    found, refused = series_of(below(tmp_path))
    assert refused == []
    assert [(series.name, series.facts["echo time ms"]) for series in found] == [
        ("4 T1 post EchoTime 10.0", 10.0),
        ("4 T1 post EchoTime 80.0", 80.0),
    ]
    assert find(tmp_path.with_name(f"{tmp_path.name}#{found[1].key}")).heads == found[1].heads


def test_what_is_no_volume_is_refused_and_the_rest_is_kept(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "good", VALUES)
    lacking = write_series(tmp_path / "bad", np.repeat(VALUES, 2, axis=0), SeriesInstanceUID="1.2.3.5")
    lacking[2].unlink()
    found, refused = series_of(below(tmp_path))
    assert len(found) == 1
    assert "4.000 mm between 001.dcm and 003.dcm, 2.000 mm elsewhere" in refused[0]
    assert "a slice is missing" in refused[0]
    with pytest.raises(ReadError, match="uneven gaps"):
        read_pixels(tmp_path / "bad")


def test_sizes_that_differ_are_refused(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path / "s", VALUES[:2])
    write_series(tmp_path / "s" / "more", VALUES[2:, :, :3], start=(0, 0, 4))
    assert "000.dcm is (2, 4), 000.dcm is (2, 3)" in series_of(below(tmp_path))[1][0]


def test_images_without_a_place_stay_images_of_their_own(tmp_path: Path, write_series: Series) -> None:
    write_series(tmp_path, VALUES[:2], ImagePositionPatient=None)
    found, refused = series_of(below(tmp_path))
    assert ([series.shape for series in found], refused) == ([(), ()], [])
    assert len({series.key for series in found}) == 2


def test_errors_name_no_patient(tmp_path: Path, write_series: Series) -> None:
    (path, *_) = write_series(tmp_path, VALUES)
    path.write_bytes(path.read_bytes()[:300])
    refused = series_of(below(tmp_path))[1]
    assert refused
    assert "Doe" not in " ".join(refused)


def test_a_uid_that_is_none_is_shown_nowhere(
    tmp_path: Path, write_series: Series, caplog: pytest.LogCaptureFixture
) -> None:
    for path in write_series(tmp_path, VALUES, SeriesInstanceUID="1.2.3.456"):
        path.write_bytes(path.read_bytes().replace(b"1.2.3.456", b"../Doe^Ja"))
    assert "Doe" not in series_of(below(tmp_path))[0][0].key
    assert "Doe" not in caplog.text
