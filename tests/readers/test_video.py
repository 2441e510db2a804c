"""Video: frames by number, time and scene, the middle frame as an image, and limits."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from polyclinic.errors import PixelError, ReadError, UnsupportedError, UsageError
from polyclinic.readers import read_header, read_image, read_pixels, read_slice, video
from polyclinic.readers.video import every_frame, frames_at, scene_frames, video_facts
from polyclinic.study import Image

FRAMES, RATE_HZ = 30, 10
CUT = 20


@pytest.fixture(scope="module", params=[("a.avi", "MJPG"), ("a.mp4", "mp4v")], ids=["avi", "mp4"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Slowly brighter red, and blue from frame 20 on."""
    name, codec = request.param
    path = tmp_path_factory.mktemp("film") / name
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), RATE_HZ, (64, 48))
    for index in range(FRAMES):
        colour = (255, 100, 0) if index >= CUT else (0, 0, 20 + 4 * index)
        writer.write(np.full((48, 64, 3), colour, np.uint8))
    writer.release()
    return path


def red(pixels: np.ndarray) -> float:
    return float(pixels[0].mean())


def test_facts(film: Path) -> None:
    about = video_facts(film)
    assert (about.frames, about.rate_hz, about.width, about.height) == (FRAMES, RATE_HZ, 64, 48)
    assert about.duration_s == 3.0


def test_as_an_image_it_is_its_middle_frame(film: Path) -> None:
    image = read_image(film)
    assert read_header(film).shape == image.pixels.shape == (3, 48, 64)
    assert red(image.pixels) == pytest.approx(20 + 4 * 15, abs=6)
    assert image.pixels[1:].mean() < 6


def test_a_slice_is_a_frame(film: Path) -> None:
    assert red(read_slice(film, 10)) == pytest.approx(60, abs=6)
    held = Image(film.name, slice=5, load=read_image(film).load)
    assert red(held.pixels) == pytest.approx(40, abs=6)
    with pytest.raises(PixelError, match="no slice 30"):
        read_slice(film, FRAMES)


def test_every_so_many(film: Path) -> None:
    found = list(every_frame(film, 10))
    assert [frame.index for frame in found] == [0, 10, 20]
    assert [frame.time_s for frame in found] == pytest.approx([0, 1, 2])
    assert red(found[1].pixels) == pytest.approx(60, abs=6)
    with pytest.raises(UsageError):
        next(every_frame(film, 0))


def test_at_times(film: Path) -> None:
    found = list(frames_at(film, [0.0, 0.55, 0.58, 1.0]))
    assert [frame.index for frame in found] == [0, 6, 6, 10]
    assert list(frames_at(film, [])) == []
    with pytest.raises(UsageError, match="ends before 9 s"):
        list(frames_at(film, [1.0, 9.0]))
    for times in ([1.0, 1.0], [-1.0]):
        with pytest.raises(UsageError, match="must rise"):
            list(frames_at(film, times))


def test_scenes_begin_at_cuts_and_not_where_light_changes_slowly(film: Path) -> None:
    assert [frame.index for frame in scene_frames(film)] == [0, CUT]
    assert len(list(scene_frames(film, 0.001))) > 10


@pytest.mark.parametrize(("limit", "value"), [("MOST_FRAMES", 29), ("MOST_TIME_S", 2.9)])
def test_limits(film: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: float) -> None:
    monkeypatch.setattr(video, limit, value)
    with pytest.raises(ReadError, match="the most is"):
        read_pixels(film)


def test_size_is_checked_before_a_frame_is_decoded(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyclinic.readers.files.MOST_BYTES", 64 * 48 * 3 - 1)
    with pytest.raises(ReadError, match="claims the shape"):
        read_pixels(film)


def test_damage(film: Path, tmp_path: Path) -> None:
    whole = film.read_bytes()
    for share in (0.05, 0.5):
        path = tmp_path / film.name
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ReadError):
            list(every_frame(path))


def test_still_pictures_in_the_same_container_are_no_video() -> None:
    assert not video.matches(b"\0\0\0\x18ftypheic")
    assert video.matches(b"\0\0\0\x18ftypisom")
    assert not video.matches(b"RIFF\0\0\0\0WEBP")


def test_without_opencv_the_hint_says_what_to_install(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    for read in (read_pixels, read_header, lambda path: list(every_frame(path))):
        with pytest.raises(UnsupportedError) as caught:
            read(film)
        assert caught.value.hint == "pip install opencv-python-headless"


def test_a_video_is_no_mask(film: Path) -> None:
    with pytest.raises(ReadError, match="expected a mask"):
        video.labels(film)
