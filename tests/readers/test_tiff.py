"""TIFF: single images, stacks, channels, palettes, and damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.errors import PixelError, PolyclinicError, ReadError
from polyclinic.readers import read_image, read_labels, read_pixels, read_shape, read_slice


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((4, 5), {}, (1, 4, 5)),
        ((4, 5, 3), {"photometric": "rgb"}, (3, 4, 5)),
        ((3, 4, 5), {"photometric": "minisblack"}, (3, 4, 5)),  # three pages: channels
        ((20, 4, 5), {"photometric": "minisblack"}, (1, 20, 4, 5)),  # twenty pages: slices
        ((2, 6, 4, 5), {"imagej": True, "metadata": {"axes": "ZCYX"}}, (6, 2, 4, 5)),
        ((6, 4, 5), {"imagej": True, "metadata": {"axes": "ZYX"}}, (1, 6, 4, 5)),
        ((2, 4, 5), {"ome": True, "metadata": {"axes": "CYX"}}, (2, 4, 5)),
    ],
)
def test_axes(tmp_path: Path, shape: tuple[int, ...], options: dict[str, object], expected: tuple[int, ...]) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.arange(np.prod(shape), dtype=np.uint8).reshape(shape), **options)
    assert read_pixels(path).shape == read_shape(path) == expected


def test_order_of_axes_is_right(tmp_path: Path) -> None:
    data = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)
    tifffile.imwrite(tmp_path / "a.tif", data, imagej=True, metadata={"axes": "ZCYX"})
    assert (read_pixels(tmp_path / "a.tif") == data.transpose(1, 0, 2, 3)).all()


def test_floats_and_nan_pass_until_nothing_else_is_left(tmp_path: Path) -> None:
    some, none = np.array([[np.nan, 1.5]], np.float32), np.full((2, 2), np.nan, np.float32)
    tifffile.imwrite(tmp_path / "some.tif", some)
    tifffile.imwrite(tmp_path / "none.tif", none)
    assert np.isnan(read_image(tmp_path / "some.tif").pixels[0, 0, 0])
    with pytest.raises(PixelError, match="no finite value"):
        _ = read_image(tmp_path / "none.tif").pixels


def test_a_palette_of_colours_is_resolved(tmp_path: Path) -> None:
    colours = np.zeros((3, 256), np.uint16)
    colours[:, 1] = (65535, 0, 256)
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 1]], np.uint8), photometric="palette", colormap=colours)
    assert read_pixels(tmp_path / "a.tif")[:, 0].T.tolist() == [[0, 0, 0], [255, 0, 1]]
    assert read_shape(tmp_path / "a.tif") == (3, 1, 2)


def test_label_maps_keep_their_values(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0, 300], [2, 65535]], np.uint16))
    assert read_labels(tmp_path / "a.tif").tolist() == [[0, 300], [2, 65535]]


def test_too_many_axes_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((3, 2, 6, 4, 5), np.uint8), photometric="minisblack")
    with pytest.raises(ReadError, match="at most channel, z, y, x"):
        read_pixels(tmp_path / "a.tif")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_truncation_never_passes_for_an_image(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.arange(400, dtype=np.uint8).reshape(20, 20))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * (len(data) - 1))])
    with pytest.raises(PolyclinicError):
        read_pixels(path)


def write_ome(path: Path, axes: str, shape: tuple[int, ...], **metadata: object) -> np.ndarray:
    data = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    tifffile.imwrite(path, data, ome=True, photometric="minisblack", metadata={"axes": axes, **metadata})
    return data


SIZES = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 250, "PhysicalSizeYUnit": "nm", "PhysicalSizeZ": 2}


def test_ome_names_channels_and_sizes(tmp_path: Path) -> None:
    data = write_ome(tmp_path / "a.ome.tif", "ZCYX", (4, 2, 5, 6), Channel={"Name": ["DNA", "actin"]}, **SIZES)
    image = read_image(tmp_path / "a.ome.tif")
    assert image.channels == ("DNA", "actin")
    assert image.spacing_mm == pytest.approx((0.002, 0.00025, 0.0005))
    assert (image.pixels == data.transpose(1, 0, 2, 3)).all()


def test_time_multiplies_channels_where_there_is_depth(tmp_path: Path) -> None:
    data = write_ome(
        tmp_path / "a.ome.tif",
        "TZCYX",
        (3, 4, 2, 5, 6),
        Channel={"Name": ["DNA", "actin"]},
        TimeIncrement=2.0,
        TimeIncrementUnit="min",
    )
    image = read_image(tmp_path / "a.ome.tif")
    assert image.channels[:3] == ("t=0s DNA", "t=0s actin", "t=120s DNA")
    assert (image.pixels[3] == data[1, :, 1]).all()
    assert read_shape(tmp_path / "a.ome.tif") == (6, 4, 5, 6)


def test_time_is_depth_where_there_is_none(tmp_path: Path) -> None:
    data = write_ome(tmp_path / "a.ome.tif", "TCYX", (3, 2, 5, 6), **SIZES)
    image = read_image(tmp_path / "a.ome.tif")
    assert (image.pixels == data.transpose(1, 0, 2, 3)).all()
    assert (image.channels, image.spacing_mm) == ((), None)


def test_imagej_says_how_far_pixels_lie_apart(tmp_path: Path) -> None:
    data = np.zeros((3, 5, 6), np.uint8)
    metadata = {"axes": "ZYX", "spacing": 3.0, "unit": "um"}
    tifffile.imwrite(tmp_path / "a.tif", data, imagej=True, resolution=(2, 4), metadata=metadata)
    assert read_image(tmp_path / "a.tif").spacing_mm == pytest.approx((0.003, 0.00025, 0.0005))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('FileName="b.ome.tif"', 'FileName="../b.ome.tif"', "not beside it"),
        ('FileName="b.ome.tif"', 'FileName="gone.tif"', "is missing"),
        ('PlaneCount="1"', 'PlaneCount="99999999"', "claims PlaneCount"),
        ("<OME ", '<!DOCTYPE x [<!ENTITY a "b">]><OME ', "cannot be read"),
    ],
)
def test_hostile_descriptions_are_refused_before_anything_is_opened(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    write_ome(tmp_path / "b.ome.tif", "YX", (5, 6))
    xml = (
        '<?xml version="1.0"?><OME UUID="urn:uuid:1"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        'DimensionOrder="XYCZT" Type="uint16" SizeX="6" SizeY="5" SizeC="1" SizeZ="1" SizeT="1"><TiffData IFD="0" '
        'PlaneCount="1"><UUID FileName="b.ome.tif">urn:uuid:2</UUID></TiffData></Pixels></Image></OME>'
    )
    assert old in xml
    write = {"description": xml.replace(old, new), "metadata": None}
    tifffile.imwrite(tmp_path / "a.ome.tif", np.zeros((5, 6), np.uint16), **write)
    with pytest.raises(ReadError, match=told):
        read_pixels(tmp_path / "a.ome.tif")


def test_a_set_of_files_reads_as_one_and_lacks_none(tmp_path: Path) -> None:
    planes = [np.full((5, 6), value, np.uint16) for value in (1, 2)]
    data = "".join(
        f'<TiffData FirstC="{c}" IFD="0" PlaneCount="1"><UUID FileName="{c}.ome.tif">urn:uuid:{c}</UUID></TiffData>'
        for c in range(2)
    )
    for c, plane in enumerate(planes):
        xml = (
            f'<?xml version="1.0"?><OME UUID="urn:uuid:{c}"><Image ID="Image:0"><Pixels ID="Pixels:0" '
            f'DimensionOrder="XYCZT" Type="uint16" SizeX="6" SizeY="5" SizeC="2" SizeZ="1" SizeT="1">{data}'
            "</Pixels></Image></OME>"
        )
        tifffile.imwrite(tmp_path / f"{c}.ome.tif", plane, description=xml, metadata=None)
    assert (read_pixels(tmp_path / "0.ome.tif") == np.stack(planes)).all()
    (tmp_path / "1.ome.tif").unlink()
    with pytest.raises(ReadError, match="is missing"):
        read_pixels(tmp_path / "0.ome.tif")


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((20, 4, 5), {"photometric": "minisblack"}),  # one block
        ((20, 4, 5), {"photometric": "minisblack", "byteorder": ">"}),
        ((20, 4, 5), {"photometric": "minisblack", "compression": "deflate"}),  # a page a slice
        ((9, 2, 4, 5), {"imagej": True, "metadata": {"axes": "ZCYX"}}),
        ((2, 9, 4, 5), {"ome": True, "compression": "deflate", "metadata": {"axes": "CZYX"}}),
        ((9, 4, 5, 3), {"photometric": "rgb", "compression": "deflate"}),
        ((3, 9, 2, 4, 5), {"ome": True, "compression": "lzw", "metadata": {"axes": "TZCYX"}}),
        ((9, 32, 32), {"volumetric": True, "tile": (16, 16, 16), "photometric": "minisblack"}),
    ],
)
def test_one_slice_is_that_of_the_whole(tmp_path: Path, shape: tuple[int, ...], options: dict[str, object]) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.random.default_rng(0).integers(0, 999, shape).astype(np.uint16), **options)
    whole = read_pixels(path)
    for z in (0, 4, whole.shape[1] - 1):
        part = read_slice(path, z)
        assert part.dtype == whole.dtype
        assert (part == whole[:, z]).all()
        assert part.flags.writeable
    with pytest.raises(PixelError, match="no slice"):
        read_slice(path, whole.shape[1])


def test_a_slice_needs_its_pages_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.arange(20 * 4 * 5, dtype=np.uint16).reshape(20, 4, 5)
    tifffile.imwrite(tmp_path / "a.tif", data, photometric="minisblack", compression="deflate")
    monkeypatch.setattr(tifffile.TiffPageSeries, "asarray", lambda self: pytest.fail("the whole was read"))
    assert (read_slice(tmp_path / "a.tif", 7)[0] == data[7]).all()
