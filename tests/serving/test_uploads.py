"""Images of requests: what is taken, what is refused before it costs anything, and that no path is ever opened."""

from __future__ import annotations

import base64
import gzip
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.serving.refusals import RefusedError
from polyclinic.serving.uploads import from_base64, laid_down


def bomb(side: int) -> bytes:
    """A PNG of a few bytes whose header claims side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def nifti(*shape: int) -> bytes:
    import nibabel

    return bytes(nibabel.Nifti1Image(np.zeros(shape, np.float32), np.eye(4)).to_bytes())


def status_of(data: bytes, folder: Path, most_pixels: int = 10**6) -> int:
    status, told = 200, ""
    try:
        with laid_down({"image": data}, folder, most_pixels) as paths:
            told = "" if Path(paths["image"]).is_relative_to(folder) else paths["image"]
    except RefusedError as error:
        status, told = error.status, str(error)
    assert str(folder) not in told
    return status


@pytest.mark.parametrize(
    "text",
    ["/etc/passwd", "file:///etc/passwd", "../../x.png", "http://example.org/x.png", "data:image/png,abc", "a b", "é"],
)
def test_paths_and_addresses_are_no_images(text: str) -> None:
    with pytest.raises(RefusedError, match="base64"):
        from_base64(text)


@given(st.binary(max_size=200))
def test_base64_comes_back_bare_and_as_a_data_uri(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert from_base64(text) == from_base64(f"data:image/png;base64,{text}") == data


def test_images_lie_there_only_as_long_as_they_are_asked_about(tmp_path: Path, png_bytes: Any) -> None:
    with laid_down({"image": png_bytes(), "prior": nifti(2, 3, 4)}, tmp_path, 1000) as paths:
        assert [Path(path).suffix for path in paths.values()] == [".png", ".nii"]
        assert Path(paths["image"]).read_bytes() == png_bytes()
    assert not list(tmp_path.iterdir())


def test_bombs_are_seen_by_their_headers(tmp_path: Path) -> None:
    assert status_of(bomb(60_000), tmp_path) == 413
    assert status_of(bomb(1001), tmp_path) == 413
    assert status_of(gzip.compress(nifti(128, 128, 128)), tmp_path) == 413
    assert status_of(bomb(1000), tmp_path) == 200  # within the cap; that it is cut short shows when it is decoded


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<svg onload=alert(1)>",
        b"NRRD0004\ndata file: /etc/passwd\n",
        b"ObjectType = Image\nElementDataFile = /etc/passwd\n",
        b"II*\0" + b"\0" * 100,
        b"PK\3\4" + b"\0" * 100,
        b"\x1f\x8b" + b"\0" * 100,
        b"\0" * 128 + b"DICM",
    ],
)
def test_what_is_no_whole_image_is_refused(tmp_path: Path, data: bytes) -> None:
    assert status_of(data, tmp_path) == 422


@given(
    st.binary(max_size=400), st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\0" * 128 + b"DICM", b"P5\n"])
)
def test_damage_is_always_a_refusal(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes) -> None:
    assert status_of(head + data, tmp_path_factory.mktemp("up")) in (200, 413, 422)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b'{"image": 3}', "application/json", 422),
        (b'{"image": "aGk=", "question": "q"}', "application/json", 422),
        (b'{"image": "aGk=", "question": "q"}', "text/plain", 415),
        (b"image=x", "application/x-www-form-urlencoded", 415),
        (b"junk", "multipart/form-data; boundary=x", 400),
        (b"junk", "multipart/form-data", 400),
        (b"--x\r\n\r\na\r\n--x--\r\n", "multipart/form-data; boundary=x; charset=none", 400),
        (b'{"image": "aGk=", "question": "\\ud800"}', "application/json", 422),
        (b'{"\\ud800": 1}', "application/json", 422),
        (b'{"image": "", "question": "q", "region": [0, 0, Infinity, NaN]}', "application/json", 422),
        (
            b"--x\r\nContent-Disposition: form-data; name=image\r\n\r\n/etc/passwd\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            422,
        ),
    ],
)
async def test_malformed_bodies(client: Any, body: bytes, kind: str, status: int) -> None:
    async with client() as http:
        answer = await http.post("/v1/answer", content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert "passwd" not in answer.text


@pytest.mark.anyio
async def test_an_image_cut_short_is_the_requests_fault_and_names_no_path(client: Any, png_bytes: Any) -> None:
    data = base64.b64encode(png_bytes(side=64)[:80]).decode()
    async with client() as http:
        answer = await http.post("/v1/answer", json={"image": data, "question": "q"})
    assert answer.status_code == 422
    assert "/tmp" not in answer.text
