"""NRRD: agreement with pynrrd's files, axes and spaces by hand, and headers that lie."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import nrrd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.errors import PolyclinicError, ReadError
from polyclinic.readers import read_header, read_image, read_pixels, read_slice
from polyclinic.readers.nrrd import CODES

DATA = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4) - 5
LINES = {
    "type": "int16",
    "dimension": "3",
    "sizes": "2 3 4",
    "encoding": "raw",
    "endian": "little",
}


def write(path: Path, data: bytes = DATA.tobytes(order="F"), **changes: str | None) -> Path:
    """A file made by hand; `_` in a field's name stands for a space, None leaves a field out."""
    fields = LINES | {name.replace("_", " "): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    path.write_bytes(("NRRD0004\n# a remark\n" + "\n".join(lines) + "\nkey:=a value: of its own\n\n").encode() + data)
    return path


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr"])
@pytest.mark.parametrize("kind", ["uint8", ">i2", "<u4", "float32", "float64"])
def test_files_of_pynrrd(tmp_path: Path, encoding: str, name: str, kind: str) -> None:
    data = np.random.default_rng(0).integers(0, 99, (2, 3, 4)).astype(kind)
    nrrd.write(str(tmp_path / name), data, {"encoding": encoding})
    pixels = read_pixels(tmp_path / name)
    assert pixels.dtype == data.dtype.newbyteorder("=")
    assert (pixels[0] == data.T).all()
    assert (read_slice(tmp_path / name, 2)[0] == data[:, :, 2].T).all()
    pixels[:] = read_slice(tmp_path / name, 0)  # what is read can be written to
    assert read_slice(tmp_path / name, 1).flags.writeable


@pytest.mark.parametrize("name", sorted(CODES))
def test_names_of_types_agree_with_pynrrd(name: str) -> None:
    assert np.dtype(CODES[name]) == np.dtype(nrrd.reader._TYPEMAP_NRRD2NUMPY[name])


@pytest.mark.parametrize(
    ("space", "signs"),
    [
        ("left-posterior-superior", (-1, -1, 1)),
        ("LAS", (-1, 1, 1)),
        ("right-anterior-superior", (1, 1, 1)),
        ("scanner-xyz", None),
    ],
)
def test_spaces_become_ras(tmp_path: Path, space: str, signs: tuple[int, ...] | None) -> None:
    write(tmp_path / "a.nrrd", space=space, space_directions="(0,2,0) (3,0,0) (0,0,0.5)", space_origin="(10,20,30)")
    image = read_image(tmp_path / "a.nrrd")
    assert image.spacing_mm == (0.5, 3.0, 2.0)
    if signs is None:
        assert image.affine is None
        return
    x, y, z = signs
    assert image.affine == ((0, 3 * x, 0, 10 * x), (2 * y, 0, 0, 20 * y), (0, 0, 0.5 * z, 30 * z), (0, 0, 0, 1))


@pytest.mark.parametrize(
    ("fields", "shape"),
    [
        ({"kinds": "vector domain domain"}, (2, 4, 3)),
        ({"kinds": "RGB-color space space"}, (2, 4, 3)),
        ({"space_directions": "(1,0) (0,1) none", "space_dimension": "2"}, (4, 3, 2)),
        ({"kinds": "domain domain domain"}, (1, 4, 3, 2)),
        ({"dimension": "4", "sizes": "2 3 2 2"}, (2, 2, 3, 2)),
        ({"dimension": "4", "sizes": "1 2 3 4", "kinds": "list domain domain domain"}, (1, 4, 3, 2)),
        ({"dimension": "4", "sizes": "2 3 2 2", "kinds": "domain time domain domain"}, (3, 2, 2, 2)),
    ],
)
def test_axes_beside_space_are_channels(tmp_path: Path, fields: dict[str, str], shape: tuple[int, ...]) -> None:
    path = write(tmp_path / "a.nrrd", **fields)
    pixels = read_pixels(path)
    assert pixels.shape == read_header(path).shape == shape
    for z in range(shape[1]) if len(shape) == 4 else ():
        assert (read_slice(path, z) == pixels[:, z]).all()


def test_a_channel_axis_goes_first_with_its_values(tmp_path: Path) -> None:
    pixels = read_pixels(write(tmp_path / "a.nrrd", kinds="domain vector domain"))
    assert (pixels == DATA.transpose(1, 2, 0)).all()


def test_units(tmp_path: Path) -> None:
    directions = {"space": "RAS", "space_directions": "(1,0,0) (0,1,0) (0,0,1)", "space_origin": "(1,0,0)"}
    image = read_image(write(tmp_path / "a.nrrd", space_units='"um" "um" "um"', **directions))
    assert image.spacing_mm == (0.001, 0.001, 0.001)
    assert image.affine is not None
    assert image.affine[0] == (0.001, 0, 0, 0.001)
    image = read_image(write(tmp_path / "b.nrrd", spacings="1 2 3", units='"cm" "cm" "cm"'))
    assert (image.spacing_mm, image.affine) == ((30.0, 20.0, 10.0), None)
    assert read_image(write(tmp_path / "c.nrrd", spacings="1 2 3", units='"V" "V" "V"')).spacing_mm is None
    assert read_image(write(tmp_path / "d.nrrd", spacings="nan 2 3")).spacing_mm is None


def test_skips_and_detached_data(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"xyz" + DATA.tobytes(order="F"))
    for skip in ("3", "-1"):
        path = write(tmp_path / "a.nhdr", b"", byte_skip=skip, data_file="a.raw")
        assert (read_pixels(path)[0] == DATA.T).all()
        assert (read_slice(path, 3)[0] == DATA[:, :, 3].T).all()
    (tmp_path / "a.raw.gz").write_bytes(gzip.compress(b"xyz" + DATA.tobytes(order="F")))
    path = write(tmp_path / "b.nhdr", b"", byte_skip="3", datafile="./a.raw.gz", encoding="gz")
    assert (read_pixels(path)[0] == DATA.T).all()


@pytest.mark.parametrize("name", ["../secret.raw", "/etc/hostname", "sub/a.raw", "link.raw", "..", "gone.raw"])
def test_data_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.raw").write_bytes(bytes(100))
    (folder / "sub" / "a.raw").write_bytes(bytes(100))
    (folder / "link.raw").symlink_to(tmp_path / "secret.raw")
    with pytest.raises(ReadError, match=r"not beside it|is missing"):
        read_pixels(write(folder / "a.nhdr", b"", data_file=name))


@pytest.mark.parametrize(
    "fields",
    [
        {"sizes": "20000 20000 20000"},
        {"sizes": "2000 2000 200"},  # fits memory, not the file
        {"sizes": "2000 2000 200", "encoding": "gzip"},
        {"sizes": "2 3"},
        {"sizes": "2 -3 4"},
        {"sizes": "0 3 4"},
        {"dimension": "99999"},
        {"dimension": "1", "sizes": "24"},
        {"type": "block"},
        {"type": None},
        {"encoding": "bzip2"},
        {"endian": None},
        {"line_skip": "1"},
        {"byte_skip": "-7"},
        {"byte_skip": "5"},
        {"space_directions": "(1,0,0)"},
        {"data_file": "a%03d.raw 1 4 1"},
        {"data_file": "LIST"},
    ],
)
def test_headers_that_lie(tmp_path: Path, fields: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.nrrd", **fields)
    monkeypatch.setattr(np, "empty", lambda *a, **k: pytest.fail("memory was taken"))
    for read in (read_header, read_pixels):
        with pytest.raises(ReadError):
            read(path)


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_truncation_is_refused(tmp_path: Path, encoding: str, share: float) -> None:
    data = np.random.default_rng(0).integers(0, 255, (6, 7, 8), dtype=np.uint8)
    path = tmp_path / "a.nrrd"
    nrrd.write(str(path), data, {"encoding": encoding})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * (len(whole) - 1))])
    with pytest.raises(PolyclinicError):
        read_pixels(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=300))
def test_noise_is_never_anything_but_a_read_error(tmp_path: Path, noise: bytes) -> None:
    (tmp_path / "a.nrrd").write_bytes(b"NRRD0004\n" + noise)
    with pytest.raises(PolyclinicError):
        read_pixels(tmp_path / "a.nrrd")
