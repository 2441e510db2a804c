"""OME-Zarr: versions, axes, levels, names, and metadata that would lead elsewhere or run code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from polyclinic.errors import PixelError, PolyclinicError, ReadError, UnsupportedError
from polyclinic.layouts import open_folder
from polyclinic.readers import image_files, ome_zarr, read_header, read_image, read_pixels, read_slice
from polyclinic.store.collection import open_collection
from polyclinic.store.export import export

DATA = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)
UNITS = {"t": "second", "z": "micrometer", "y": "micrometer", "x": "nanometer"}


def write(path: Path, data: np.ndarray = DATA, axes: str = "czyx", version: int = 2, **more: Any) -> Path:
    """An image of two levels, the second every other pixel; Zarr 2 with version 0.4, Zarr 3 with 0.5."""
    group = zarr.open_group(str(path), mode="w", zarr_format=version)
    datasets = []
    for level in range(2):
        part = data[..., :: 2**level, :: 2**level]
        chunks = (*[1] * (data.ndim - 2), *part.shape[-2:])
        group.create_array(str(level), shape=part.shape, chunks=chunks, dtype=part.dtype)[...] = part
        scale = [{"t": 1.5, "c": 1.0, "z": 3.0}.get(axis, 0.5 * 2**level) for axis in axes]
        datasets.append({"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": scale}]})
    kinds = {"t": "time", "c": "channel"}
    named = [{"name": a, "type": kinds.get(a, "space")} | ({"unit": UNITS[a]} if a in UNITS else {}) for a in axes]
    about = {"multiscales": [{"version": "0.4", "axes": named, "datasets": datasets}], **more}
    group.attrs.update(about if version == 2 else {"ome": about})
    return path


@pytest.mark.parametrize("version", [2, 3])
def test_pixels_names_and_spacing(tmp_path: Path, version: int) -> None:
    omero = {"channels": [{"label": "DNA"}, {"label": "actin"}]}
    image = read_image(write(tmp_path / "a.ome.zarr", version=version, omero=omero))
    assert (image.pixels == DATA).all()
    assert image.pixels.flags.writeable
    assert image.channels == ("DNA", "actin")
    assert image.spacing_mm == pytest.approx((0.003, 0.0005, 5e-7))
    assert (read_slice(tmp_path / "a.ome.zarr", 2) == DATA[:, 2]).all()
    with pytest.raises(PixelError, match="no slice 3"):
        read_slice(tmp_path / "a.ome.zarr", 3)


@pytest.mark.parametrize(
    ("axes", "shape", "order", "expected"),
    [
        ("yx", (4, 5), (0, 1), (1, 4, 5)),
        ("zyx", (3, 4, 5), (0, 1, 2), (1, 3, 4, 5)),
        ("tcyx", (3, 2, 4, 5), (1, 0, 2, 3), (2, 3, 4, 5)),
        ("tczyx", (2, 3, 4, 5, 6), (0, 1, 2, 3, 4), (6, 4, 5, 6)),
        ("tczyx", (2, 3, 1, 5, 6), (1, 0, 2, 3, 4), (3, 2, 5, 6)),
        ("yxc", (4, 5, 3), (2, 0, 1), (3, 4, 5)),
    ],
)
def test_axes(
    tmp_path: Path, axes: str, shape: tuple[int, ...], order: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    data = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    path = tmp_path / "a.zarr"
    write(path, data, axes)
    if axes == "yxc":  # the second level is made for channels first
        about = json.loads((path / ".zattrs").read_text())
        about["multiscales"][0]["datasets"].pop()
        (path / ".zattrs").write_text(json.dumps(about))
    pixels = read_pixels(path)
    assert (pixels == data.transpose(order).reshape(expected)).all()
    assert pixels.shape == read_header(path).shape
    for z in range(expected[1]) if len(expected) == 4 else ():
        assert (read_slice(path, z) == pixels[:, z]).all()


def test_frames_are_named_where_there_is_depth(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zarr", np.zeros((2, 1, 3, 4, 5), np.uint8), "tczyx")
    assert read_image(path).channels == ("t=0s", "t=1.5s")


def test_the_largest_level_that_fits_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.zarr")
    monkeypatch.setattr(ome_zarr, "MOST_BYTES", DATA.nbytes - 1)
    assert (read_pixels(path) == DATA[..., ::2, ::2]).all()
    assert read_image(path).spacing_mm == pytest.approx((0.003, 0.001, 1e-6))


def test_a_converted_file_is_entered_and_a_plate_is_not(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr" / "0")
    (tmp_path / "a.zarr" / ".zattrs").write_text('{"bioformats2raw.layout": 3}')
    assert read_pixels(tmp_path / "a.zarr").shape == DATA.shape
    (tmp_path / "a.zarr" / ".zattrs").write_text('{"plate": {}}')
    with pytest.raises(ReadError, match="one of its fields"):
        read_pixels(tmp_path / "a.zarr")


def changed(path: Path, name: str, **changes: Any) -> Path:
    about = json.loads((path / name).read_text())
    (path / name).write_text(json.dumps(about | changes))
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"filters": [{"id": "pickle"}]},
        {"compressor": {"id": "imagecodecs_any"}},
        {"dtype": "|O"},
        {"shape": [70_000, 70_000, 4, 5]},
        {"chunks": [70_000, 70_000, 4, 5]},
        {"shape": [2, 3, 4, -5]},
        {"shape": [2, 3, 4]},
    ],
)
def test_arrays_that_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = write(tmp_path / "a.zarr")
    for level in "01":
        changed(path / level, ".zarray", **changes)
    for read in (read_header, read_pixels):
        with pytest.raises(ReadError):
            read(path)


def test_codecs_inside_of_codecs_are_looked_at(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zarr", version=3)
    inner = {"name": "sharding_indexed", "configuration": {"codecs": [{"name": "numcodecs.pickle"}]}}
    changed(path / "0", "zarr.json", codecs=[inner])
    with pytest.raises(ReadError, match=r"packed by numcodecs\.pickle"):
        read_pixels(path)


@pytest.mark.parametrize("name", ["../b.zarr/0", "link"])
def test_levels_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    path, other = write(tmp_path / "a.zarr"), write(tmp_path / "b.zarr")
    (path / "link").symlink_to(other / "0")
    changed(path, ".zattrs", multiscales=[{"datasets": [{"path": name}]}])
    with pytest.raises(ReadError, match="which is not in it"):
        read_pixels(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"multiscales": [{}]}', '{"multiscales": [{"datasets": []}]}'])
def test_metadata_that_say_nothing(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "a.zarr")
    (path / ".zattrs").write_text(text)
    with pytest.raises(PolyclinicError):
        read_header(path)


def test_a_folder_of_such_images_is_read_and_copied_whole(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / "in" / "cells" / f"{name}.ome.zarr")
        write(tmp_path / "in" / "tissue" / f"{name}-t.ome.zarr")
    held = open_folder(tmp_path / "in")
    assert {(study.id, study.labels["class"]) for study in held} >= {("one", "cells"), ("two-t", "tissue")}
    export(held, tmp_path / "out")
    copied = open_collection(tmp_path / "out").studies[0].images[0]
    assert (copied.pixels == DATA).all()
    assert len(open_folder(tmp_path / "in" / "cells" / "one.ome.zarr")) == 1
    assert len(image_files(tmp_path / "in" / "cells" / "one.ome.zarr")) > 8


def test_without_zarr_the_hint_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.zarr")
    monkeypatch.setitem(sys.modules, "zarr", None)
    assert read_header(path).shape == DATA.shape  # the metadata need no library
    with pytest.raises(UnsupportedError) as caught:
        read_pixels(path)
    assert caught.value.hint == "pip install zarr"
