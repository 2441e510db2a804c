"""Images inside tars and npz files: read at their place, and refused where they are hostile."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from polyclinic.errors import ReadError
from polyclinic.readers import image_files, members, read_header, read_pixels, read_shape
from polyclinic.readers.members import container_of, npz_arrays, tar_members

GREY_PIXELS = np.arange(12, dtype=np.uint8).reshape(3, 4)


def png(values: np.ndarray) -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(values).save(out, "PNG")
    return out.getvalue()


def tar(path: Path, held: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as out:  # type: ignore[call-overload]
        for name, data in held.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return path


def test_a_tar_is_like_a_folder(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar", {"./x/1.png": png(GREY_PIXELS), "2.png": png(np.dstack([GREY_PIXELS] * 3))})
    assert list(tar_members(path)) == ["x/1.png", "2.png"]
    assert (read_pixels(path / "x/1.png") == GREY_PIXELS).all()
    assert read_shape(path / "2.png") == (3, 3, 4)
    assert (container_of(path / "x/1.png"), container_of(path)) == (path, None)
    assert image_files(tmp_path / "a.tar" / "x" / "1.png") == (tmp_path / "a.tar",)
    assert image_files(tmp_path / "b.png") == (tmp_path / "b.png",)


def test_faults_of_a_tar_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tar(tmp_path / "a.tar", {"1.png": png(GREY_PIXELS), "2.png": png(GREY_PIXELS)[:40], "3.txt": b"no image"})
    with tarfile.open(path, "a") as out:
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        out.addfile(link)
    assert "link.png" not in tar_members(path)
    for name in ("2.png", "3.txt", "4.png", "link.png"):
        with pytest.raises(ReadError):
            read_pixels(path / name)
    monkeypatch.setattr(members, "MOST_MEMBER", 5)
    with pytest.raises(ReadError, match="the most is 5"):
        read_pixels(path / "1.png")
    packed = tar(tmp_path / "b.tar", {"1.png": png(GREY_PIXELS)}, "w:gz")
    with pytest.raises(ReadError, match="plain tar"):
        read_pixels(packed / "1.png")


def test_a_truncated_tar_is_told(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar", {"1.png": png(np.zeros((300, 300), np.uint8)) + bytes(5000)})
    offset, size = tar_members(path)["1.png"]
    path.write_bytes(path.read_bytes()[: offset + size // 2])
    with pytest.raises(ReadError):
        read_pixels(path / "1.png")


@pytest.mark.parametrize(
    ("shape", "item"), [((5, 3, 4), (1, 3, 4)), ((5, 6, 4, 3), (3, 6, 4)), ((5, 2, 3, 4), (1, 2, 3, 4))]
)
def test_items_of_an_npz(tmp_path: Path, shape: tuple[int, ...], item: tuple[int, ...]) -> None:
    values = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    np.savez_compressed(tmp_path / "a.npz", train_images=values)
    path = tmp_path / "a.npz" / "train_images" / "3"
    assert npz_arrays(tmp_path / "a.npz") == {"train_images": shape}
    assert read_header(path).shape == item
    pixels = read_pixels(path)
    expected = values[3].transpose(2, 0, 1) if item[0] == 3 else values[3][None]
    assert (pixels.shape, (pixels == expected).all()) == (item, True)


def test_faults_of_an_npz_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=np.zeros((2, 3, 4), np.uint8))
    for inner in ("images/2", "images/x", "images", "other/0"):
        with pytest.raises(ReadError):
            read_pixels(path / inner)
    (tmp_path / "b.npz").write_bytes(b"PK no zip")
    with pytest.raises(ReadError, match="npz"):
        npz_arrays(tmp_path / "b.npz")


def npy(shape: str, descr: str, data: bytes) -> bytes:
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data


def test_objects_and_claims_beyond_reason_are_refused(tmp_path: Path) -> None:
    held = {"pickled": npy("(1,)", "|O", pickle.dumps([1])), "large": npy("(99999, 999, 999)", "|u1", b"x")}
    for name, data in held.items():
        with zipfile.ZipFile(tmp_path / f"{name}.npz", "w") as out:
            out.writestr("images.npy", data)
        with pytest.raises(ReadError, match=r"expected numbers|GiB"):
            read_pixels(tmp_path / f"{name}.npz" / "images" / "0")
