"""Whole slides: exact tiles, levels, what a slide is as a plain image, and damage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, VLWholeSlideMicroscopyImageStorage, generate_uid

from polyclinic.errors import PolyclinicError, ReadError, UnsupportedError, UsageError
from polyclinic.readers import read_header, read_image, read_pixels, read_shape, slide
from polyclinic.readers.slide import Slide
from polyclinic.readers.slide_sources import OpenSlideFile, TiledTiff

WIDTH, HEIGHT = 300, 200
SHAPES = [(HEIGHT, WIDTH, 3), (HEIGHT // 2, WIDTH // 2, 3), (HEIGHT // 4, WIDTH // 4, 3)]
DATA = [np.random.default_rng(i).integers(0, 255, shape, dtype=np.uint8) for i, shape in enumerate(SHAPES)]


def write(path: Path, compression: str | None = "deflate", levels: int = 3, **first: Any) -> Path:
    with tifffile.TiffWriter(path) as file:
        for i, data in enumerate(DATA[:levels]):
            more = first if i == 0 else {"subfiletype": 1}
            file.write(data, tile=(64, 64), photometric="rgb", compression=compression, metadata=None, **more)
    return path


@pytest.mark.parametrize("compression", [None, "lzw", "deflate", "jpeg"])
def test_tiles_are_those_of_openslide(tmp_path: Path, compression: str | None) -> None:
    path = write(tmp_path / "a.tif", compression)
    direct, other = TiledTiff(path), OpenSlideFile(path)
    assert direct.levels == other.levels
    for level, there in enumerate(direct.levels):
        for x, y, side in ((0, 0, 64), (64, 64, 64), (10, 20, 50), (there.width - 20, there.height - 20, 20)):
            assert (direct.read(level, x, y, side, side) == other.read(level, x, y, side, side)).all()
    direct.close()
    other.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    level=st.integers(0, 2),
    x=st.integers(-80, WIDTH),
    y=st.integers(-80, HEIGHT),
    width=st.integers(1, 200),
    height=st.integers(1, 150),
)
def test_any_place_is_cut_exactly_and_white_outside(
    tmp_path: Path, level: int, x: int, y: int, width: int, height: int
) -> None:
    path = tmp_path / "a.tif"
    if not path.exists():
        write(path)
    whole = np.pad(DATA[level], ((300, 300), (300, 300), (0, 0)), constant_values=255).transpose(2, 0, 1)
    rows, columns = DATA[level].shape[:2]
    with Slide(path) as held:
        if not (-width < x < columns and -height < y < rows):
            with pytest.raises(UsageError, match="no tile"):
                held.tile(level, x, y, width, height)
            return
        tile = held.tile(level, x, y, width, height)
    assert (tile == whole[:, y + 300 : y + 300 + height, x + 300 : x + 300 + width]).all()


def test_facts_of_a_tiff_and_of_aperio(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", resolution=(20_000, 40_000), resolutionunit="CENTIMETER")
    with Slide(path) as held:
        assert held.pixel_um() == (0.25, 0.5)
        assert held.pixel_um(2) == (1.0, 2.0)
        assert held.facts.magnification is None
        with pytest.raises(UsageError, match="no level 3"):
            held.pixel_um(3)
    svs = write(tmp_path / "a.svs", "jpeg", 1, description="Aperio Image Library v1\r\n1x1|AppMag = 20|MPP = 0.499")
    with Slide(svs) as held:
        assert (held.facts.magnification, held.facts.vendor) == (20.0, "aperio")
        assert held.pixel_um() == (0.499, 0.499)
    with Slide(write(tmp_path / "dots.tif", resolution=(72, 72), resolutionunit="INCH")) as held:
        assert held.pixel_um() is None


def test_a_slide_is_the_largest_level_that_is_small_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.tif", resolution=(20_000, 40_000), resolutionunit="CENTIMETER")
    image = read_image(path)
    assert (image.modality, image.spacing_mm) == ("SM", (0.00025, 0.0005))
    assert (image.pixels == DATA[0].transpose(2, 0, 1)).all()
    monkeypatch.setattr(slide, "PICTURE_SIDE", 160)
    assert (read_pixels(path) == DATA[1].transpose(2, 0, 1)).all()
    assert read_image(path).spacing_mm == (0.0005, 0.001)


def test_a_slide_without_a_small_level_is_shrunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slide, "PICTURE_SIDE", 20)  # 75 by 50 is shrunk by 4
    monkeypatch.setattr(slide, "STRIP_BYTES", 3 * 75 * 4 * 5)
    path = write(tmp_path / "a.tif", resolution=(10_000, 10_000), resolutionunit="CENTIMETER")
    pixels = read_pixels(path)
    assert pixels.shape == read_shape(path) == (3, 12, 18)
    assert pixels[1, 7, 3] == np.rint(DATA[2][28:32, 12:16, 1].mean())
    assert read_image(path).spacing_mm == (0.016, 0.016)


@pytest.mark.parametrize(("size", "shape"), [(150, (3, 100, 150)), (100, (3, 67, 100)), (999, (3, 200, 300))])
def test_thumbnails(tmp_path: Path, size: int, shape: tuple[int, ...]) -> None:
    with Slide(write(tmp_path / "a.tif")) as held:
        small = held.thumbnail(size)
    assert small.shape == shape
    if size == 150:
        assert (small == DATA[1].transpose(2, 0, 1)).all()


def test_tiles_that_the_scanner_left_out_are_white(tmp_path: Path) -> None:
    def tiles() -> Any:
        yield from (np.full((64, 64, 3), 7, np.uint8).tobytes(), b"")

    with tifffile.TiffWriter(tmp_path / "a.svs") as file:
        about = {"shape": (64, 128, 3), "dtype": "uint8", "tile": (64, 64), "photometric": "rgb"}
        file.write(tiles(), description="Aperio Image\n|MPP = 1", metadata=None, **about)
    pixels = read_pixels(tmp_path / "a.svs")
    assert (pixels[0, 0, 0], pixels[0, 0, 64]) == (7, 255)


def write_dicom(path: Path, rgb: np.ndarray, side: int = 64) -> Path:
    """A whole slide as DICOM keeps it: one frame a tile, row by row."""
    height, width, _ = rgb.shape
    tiles = [
        np.pad(tile, ((0, side - tile.shape[0]), (0, side - tile.shape[1]), (0, 0)))
        for y in range(0, height, side)
        for x in range(0, width, side)
        for tile in [rgb[y : y + side, x : x + side]]
    ]
    data, meta, measures, shared, optics = Dataset(), FileMetaDataset(), Dataset(), Dataset(), Dataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = data.SOPClassUID = VLWholeSlideMicroscopyImageStorage
    meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    measures.PixelSpacing, measures.SliceThickness = [0.0005, 0.00025], 0.001
    shared.PixelMeasuresSequence = [measures]
    optics.OpticalPathIdentifier, optics.ObjectiveLensPower = "1", "20"
    data.file_meta, data.Modality, data.PatientName = meta, "SM", "Doe^Jane"
    data.SeriesInstanceUID, data.ImageType = generate_uid(), ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    data.DimensionOrganizationType, data.NumberOfOpticalPaths = "TILED_FULL", 1
    data.TotalPixelMatrixColumns, data.TotalPixelMatrixRows, data.TotalPixelMatrixFocalPlanes = width, height, 1
    data.Rows = data.Columns = side
    data.NumberOfFrames, data.SamplesPerPixel, data.PlanarConfiguration = len(tiles), 3, 0
    data.PhotometricInterpretation, data.PixelRepresentation = "RGB", 0
    data.BitsAllocated, data.BitsStored, data.HighBit = 8, 8, 7
    data.SharedFunctionalGroupsSequence, data.OpticalPathSequence = [shared], [optics]
    data.PixelData = np.stack(tiles).tobytes()
    data.save_as(path, enforce_file_format=True)
    return path


def test_dicom_slides_go_through_openslide(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", DATA[0])
    image = read_image(path)
    assert (image.pixels == DATA[0].transpose(2, 0, 1)).all()
    assert image.spacing_mm == pytest.approx((0.0005, 0.00025))
    with Slide(path) as held:
        assert (held.facts.vendor, held.facts.magnification) == ("dicom", 20.0)
        assert (held.tile(0, 10, 20, 100, 50) == DATA[0].transpose(2, 0, 1)[:, 20:70, 10:110]).all()
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ReadError) as caught:
        read_pixels(path)
    assert "Doe" not in str(caught.value)


def test_plain_tiffs_are_no_slides(tmp_path: Path) -> None:
    path = write(tmp_path / "tiled.tif", levels=1)
    assert not slide.claims(path)
    assert (read_pixels(path) == DATA[0].transpose(2, 0, 1)).all()
    tifffile.imwrite(tmp_path / "pages.tif", np.zeros((3, 20, 30), np.uint8), photometric="minisblack")
    assert read_shape(tmp_path / "pages.tif") == (3, 20, 30)


def test_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif")
    whole = path.read_bytes()
    for name in ("a.mrxs", "a.ndpi"):
        (tmp_path / name).write_bytes(b"no slide at all")
        with pytest.raises(ReadError):
            read_header(tmp_path / name)
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(PolyclinicError):
            read_pixels(path)
    Pillow.fromarray(np.eye(3, dtype=np.uint8)).save(tmp_path / "b.png")
    (tmp_path / "b.png").rename(tmp_path / "b.svs")  # content decides
    assert read_shape(tmp_path / "b.svs") == (1, 3, 3)


def test_without_openslide_the_hint_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mrxs").write_bytes(b"\xff\xd8\xff")
    monkeypatch.setitem(sys.modules, "openslide", None)
    with pytest.raises(UnsupportedError) as caught:
        read_header(tmp_path / "a.mrxs")
    assert caught.value.hint == "pip install openslide-python openslide-bin"


def test_a_slide_is_no_mask(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="expected a mask"):
        slide.labels(write(tmp_path / "a.tif"))
