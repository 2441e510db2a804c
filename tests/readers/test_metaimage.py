"""MetaImage: values, placing, bytes in either order, and headers that lie."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.errors import PolyclinicError, ReadError
from polyclinic.readers import metaimage, read_header, read_image, read_pixels, read_slice

DATA = np.arange(2 * 3 * 4, dtype=np.int16).reshape(4, 3, 2) - 5  # (z, y, x)
FIELDS = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "DimSize": "2 3 4",
    "ElementType": "MET_SHORT",
}


def write(path: Path, data: bytes = DATA.tobytes(), **changes: str | None) -> Path:
    fields = FIELDS | changes
    last = fields.pop("ElementDataFile", "LOCAL")
    lines = [f"{name} = {value}" for name, value in fields.items() if value is not None]
    path.write_bytes(("\n".join([*lines, f"ElementDataFile = {last}"]) + "\n").encode() + data)
    return path


def packed(data: bytes) -> bytes:
    return zlib.compress(data)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (DATA.tobytes(), {}),
        (DATA.astype(">i2").tobytes(), {"BinaryDataByteOrderMSB": "True"}),
        (DATA.astype(">i2").tobytes(), {"BinaryDataByteOrderMSB": None, "ElementByteOrderMSB": "True"}),
        (packed(DATA.tobytes()), {"CompressedData": "True"}),
        (DATA.astype("<f8").tobytes(), {"ElementType": "MET_DOUBLE"}),
        (DATA.astype("<i4").tobytes(), {"ElementType": "MET_LONG"}),
    ],
)
def test_values(tmp_path: Path, data: bytes, fields: dict[str, str]) -> None:
    path = write(tmp_path / "a.mha", data, **fields)
    assert (read_pixels(path) == DATA[None]).all()
    assert read_pixels(path).dtype.isnative
    assert (read_slice(path, 2) == DATA[None, 2]).all()
    assert read_header(path).shape == (1, 4, 3, 2)


def test_data_beside_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.zraw").write_bytes(packed(DATA.tobytes()))
    assert (
        read_pixels(write(tmp_path / "a.mhd", b"", CompressedData="True", ElementDataFile="a.zraw"))[0] == DATA
    ).all()
    (tmp_path / "a.raw").write_bytes(b"head" + DATA.tobytes())
    for skip in ("4", "-1"):
        assert (read_pixels(write(tmp_path / "b.mhd", b"", HeaderSize=skip, ElementDataFile="a.raw"))[0] == DATA).all()


def test_placing_is_turned_from_lps_to_ras(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mha", ElementSpacing="2 3 0.5", Offset="10 20 30", TransformMatrix="0 1 0 1 0 0 0 0 1")
    image = read_image(path)
    assert image.spacing_mm == (0.5, 3.0, 2.0)
    # x steps along +P (2 mm), y along +L (3 mm)
    assert image.affine == ((0, -3, 0, -10), (-2, 0, 0, -20), (0, 0, 0.5, 30), (0, 0, 0, 1))
    assert read_image(write(tmp_path / "b.mha", ElementSpacing="2 3 0.5")).affine is None
    assert read_image(write(tmp_path / "c.mha", Offset="1 2 3")).spacing_mm is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"NDims": "2", "DimSize": "3 4", "ElementNumberOfChannels": "2"}, DATA.reshape(4, 3, 2).transpose(2, 0, 1)),
        ({"NDims": "4", "DimSize": "2 3 2 2"}, DATA.reshape(2, 2, 3, 2)),
        ({"NDims": "4", "DimSize": "2 3 4 1"}, DATA[None]),
        ({"NDims": "2", "DimSize": "6 4"}, DATA.reshape(1, 4, 6)),
    ],
)
def test_channels(tmp_path: Path, fields: dict[str, str], expected: Any) -> None:
    path = write(tmp_path / "a.mha", **fields)
    pixels = read_pixels(path)
    assert pixels.shape == read_header(path).shape == expected.shape
    assert (pixels == expected).all()
    for z in range(pixels.shape[1]) if pixels.ndim == 4 else ():
        assert (read_slice(path, z) == pixels[:, z]).all()


@pytest.mark.parametrize(
    "fields",
    [
        {"DimSize": "20000 20000 20000"},
        {"DimSize": "2000 2000 200"},
        {"DimSize": "2000 2000 200", "CompressedData": "True"},
        {"DimSize": "2 3"},
        {"DimSize": "2 3 -4"},
        {"DimSize": "many"},
        {"ElementType": "MET_STRING"},
        {"ElementType": None},
        {"BinaryData": "False"},
        {"HeaderSize": "-7"},
        {"ElementDataFile": "../a.raw"},
        {"ElementDataFile": "/etc/hostname"},
        {"ElementDataFile": "gone.raw"},
        {"ElementDataFile": "LIST"},
        {"ElementDataFile": "a%03d.raw 1 4 1"},
    ],
)
def test_headers_that_lie(tmp_path: Path, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path.parent / "a.raw").write_bytes(bytes(100))
    path = write(tmp_path / "a.mha", **fields)
    monkeypatch.setattr(np, "empty", lambda *a, **k: pytest.fail("memory was taken"))
    for read in (read_header, read_pixels):
        with pytest.raises(ReadError):
            read(path)


@pytest.mark.parametrize("zipped", [False, True])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_truncation_is_refused(tmp_path: Path, zipped: bool, share: float) -> None:
    data = np.random.default_rng(0).integers(-900, 900, 24, dtype=np.int16).tobytes()
    path = write(tmp_path / "a.mha", packed(data) if zipped else data, CompressedData=str(zipped))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * (len(whole) - 1))])
    with pytest.raises(PolyclinicError):
        read_pixels(path)


def test_other_texts_are_no_metaimage(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ObjectType = Mesh\nNDims = 3\n")
    with pytest.raises(ReadError, match="no image of a known format"):
        read_pixels(tmp_path / "a.txt")


@pytest.mark.parametrize("kind", ["u1", "i2", "f4", "f2", "bool"])
@pytest.mark.parametrize("shape", [(1, 3, 4), (3, 3, 4), (1, 2, 3, 4)])
def test_what_is_encoded_is_read(tmp_path: Path, kind: str, shape: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    (tmp_path / "a").write_bytes(metaimage.encode(values))
    found = read_pixels(tmp_path / "a")
    assert (found.shape, (found == values).all()) == (shape, True)
    assert read_header(tmp_path / "a").known == {"spacing_mm": None, "affine": None}
