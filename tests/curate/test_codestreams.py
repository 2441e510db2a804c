"""Comments leave a codestream, pictures stay the same."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from polyclinic.curate.codestreams import strip_frames, stripped

PICTURE = np.random.default_rng(0).integers(0, 255, (16, 24, 3)).astype(np.uint8)


def jpeg(**more: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(PICTURE).save(out, "JPEG", **more)
    return out.getvalue()


def j2k() -> bytes:
    out = io.BytesIO()
    Image.fromarray(PICTURE).save(out, "JPEG2000", no_jp2=True, comment="Doe")
    return out.getvalue()


def values(frame: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(frame)))


@pytest.mark.parametrize("frame", [jpeg(comment="Doe", exif=b"Exif\0\0Doe"), j2k()], ids=["jpeg", "j2k"])
def test_comments_go_and_pictures_stay(frame: bytes) -> None:
    assert b"Doe" in frame
    clean = stripped(frame + b"Doe behind")
    assert clean is not None
    assert b"Doe" not in clean
    assert (values(clean) == values(frame)).all()


def test_what_is_not_understood_is_told() -> None:
    assert stripped(b"") is None
    assert stripped(b"Doe") is None
    assert stripped(b"\xff\xd8\xff\xfe\x00\xffDoe") is None
    assert stripped(jpeg().replace(b"\xff\xd9", b"\xff\xfe\x00\x05Doe\xff\xd9")) is None
    assert strip_frames([jpeg(), b"Doe"]) is None
    assert strip_frames([]) == []


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_end(tail: bytes) -> None:
    for start in (b"\xff\xd8", b"\xff\x4f"):
        stripped(start + tail)
