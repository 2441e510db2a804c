"""Video through OpenCV: frames with their times, every n-th, at given times, or where the scene changes.

As a plain image a video is its middle frame: first frames are often black or a title. An `Image` with `slice` n is
its frame n, so a Study can point at frames without writing them out.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import PixelError, ReadError, UsageError
from polyclinic.readers.files import FileHeader, check_size, library, reading
from polyclinic.study import Pixels

ENDINGS: tuple[str, ...] = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg")
MATROSKA, MPEG = b"\x1a\x45\xdf\xa3", (b"\0\0\1\xba", b"\0\0\1\xb3")
BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
STILL_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"jp2 ")
MOST_FRAMES = 500_000  # at 30 a second more than four hours
MOST_TIME_S = 6 * 3600.0
MOST_LOST = 0.05  # share of announced frames that may lack before a file counts as broken off
SCENE_SIDE = 32
SCENE_CHANGE = 0.15  # mean change of brightness, 0 to 1; not from a paper


@dataclass(frozen=True)
class Frame:
    """One frame.

    Args:
        index: from 0.
        time_s: when it is shown, from the start.
        pixels: RGB (3, y, x).
    """

    index: int
    time_s: float
    pixels: Pixels


@dataclass(frozen=True)
class VideoFacts:
    """What a video's header says; a container may announce a few frames more or less than it has."""

    frames: int
    rate_hz: float
    width: int
    height: int

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return self.frames / self.rate_hz


def matches(head: bytes) -> bool:
    """Whether the first bytes are those of MP4 or MOV, AVI, Matroska or WebM, or MPEG."""
    if head[4:8] in BOXES:
        return head[8:12] not in STILL_BRANDS
    return head.startswith((MATROSKA, *MPEG)) or (head.startswith(b"RIFF") and head[8:12] == b"AVI ")


def headless(head: bytes) -> bool:
    """No format of these does without its mark."""
    return False


def header(path: Path) -> FileHeader:
    """Shape of a frame.

    Raises:
        ReadError: damaged, without frames, too large or too long.
        UnsupportedError: OpenCV is not installed.
    """
    about = video_facts(path)
    return FileHeader((3, about.height, about.width))


def pixels(path: Path) -> Pixels:
    """Decode the middle frame to (3, y, x).

    Raises:
        ReadError: as `header`.
        UnsupportedError: as `header`.
    """
    return plane(path, video_facts(path).frames // 2)


def plane(path: Path, index: int) -> Pixels:
    """Decode one frame to (3, y, x).

    Raises:
        ReadError: as `header`.
        UnsupportedError: as `header`.
        PixelError: no such frame.
    """
    cv2 = _opencv()

    with reading(path, "video"), _opened(path) as (video, about):
        if not 0 <= index < about.frames:
            raise PixelError(f"{path} has no slice {index}: it has {about.frames} frames")
        video.set(cv2.CAP_PROP_POS_FRAMES, index)
        if not video.grab():
            raise ReadError(f"{path} breaks off before frame {index} of {about.frames}", hint="copy it again")
        return _rgb(path, video)


def labels(path: Path) -> Pixels:
    """A video is no mask.

    Raises:
        ReadError: always.
    """
    raise ReadError(f"{path} is a video, expected a mask", hint="masks of frames are PNG or TIFF")


def video_facts(path: Path) -> VideoFacts:
    """Number of frames, rate, and size.

    Raises:
        ReadError: as `header`.
        UnsupportedError: as `header`.
    """
    with reading(path, "video"), _opened(path) as (_, about):
        return about


def every_frame(path: Path, step: int = 1) -> Iterator[Frame]:
    """Every `step`-th frame, from the first.

    Raises:
        UsageError: a step below one.
        ReadError: as `header`, or the video breaks off.
        UnsupportedError: as `header`.
    """
    if step < 1:
        raise UsageError(f"no frames at a step of {step}")
    for video, index, time_s in _walk(path):
        if index % step == 0:
            yield Frame(index, time_s, _rgb(path, video))


def frames_at(path: Path, times_s: Sequence[float]) -> Iterator[Frame]:
    """The first frame at or after each time.

    Raises:
        UsageError: times that do not rise, or lie behind the end.
        ReadError: as `header`, or the video breaks off.
        UnsupportedError: as `header`.
    """
    wanted = list(times_s)
    if any(later <= sooner for sooner, later in itertools.pairwise(wanted)) or min(wanted, default=0) < 0:
        raise UsageError(f"times must rise from 0, got {wanted}")
    found = 0
    for video, index, time_s in _walk(path) if wanted else ():
        frame = None
        while found < len(wanted) and time_s >= wanted[found]:
            frame = frame or Frame(index, time_s, _rgb(path, video))
            found += 1
            yield frame
        if found == len(wanted):
            return
    if found < len(wanted):
        raise UsageError(f"{path} ends before {wanted[found]:g} s", hint="`video_facts` gives its length")


def scene_frames(path: Path, change: float = SCENE_CHANGE) -> Iterator[Frame]:
    """The first frame, and each that differs from the one before it: where a cut is, not where things move.

    Args:
        change: mean difference of brightness between the two, 0 to 1, above which a scene begins.

    Raises:
        ReadError: as `header`, or the video breaks off.
        UnsupportedError: as `header`.
    """
    cv2 = _opencv()

    before = None
    for video, index, time_s in _walk(path):
        frame = _rgb(path, video)
        small = cv2.resize(frame.mean(axis=0), (SCENE_SIDE, SCENE_SIDE), interpolation=cv2.INTER_AREA)
        if before is None or float(np.abs(small - before).mean()) / 255 > change:
            yield Frame(index, time_s, frame)
        before = small


def _opencv() -> Any:
    return library("cv2", "video", "opencv-python-headless")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, VideoFacts]]:
    cv2 = _opencv()
    video = cv2.VideoCapture(str(path.resolve(strict=True)), cv2.CAP_FFMPEG)
    try:
        if not video.isOpened():
            raise ReadError(f"cannot read {path} as video", hint="it may be truncated, or of a codec without decoder")
        sizes = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        width, height, frames = (int(video.get(name)) for name in (*sizes, cv2.CAP_PROP_FRAME_COUNT))
        about = VideoFacts(frames, float(video.get(cv2.CAP_PROP_FPS)), width, height)
        _check(path, about)
        yield video, about
    finally:
        video.release()


def _check(path: Path, about: VideoFacts) -> None:
    check_size(path, (3, about.height, about.width), 1)
    if about.frames < 1 or not about.rate_hz > 0:
        raise ReadError(f"{path} claims {about.frames} frames at {about.rate_hz:g} a second")
    if about.frames > MOST_FRAMES or about.duration_s > MOST_TIME_S:
        raise ReadError(
            f"{path} claims {about.frames} frames, {about.duration_s / 3600:.1f} hours; "
            f"the most is {MOST_FRAMES} frames and {MOST_TIME_S / 3600:g} hours",
            hint="cut it into shorter videos",
        )


def _walk(path: Path) -> Iterator[tuple[Any, int, float]]:
    """All frames in turn, not yet converted: the video standing there, index, and time."""
    cv2 = _opencv()

    with reading(path, "video"), _opened(path) as (video, about):
        index = 0
        while video.grab():
            if index > MOST_FRAMES:
                raise ReadError(f"{path} has more than {MOST_FRAMES} frames", hint="cut it into shorter videos")
            yield video, index, float(video.get(cv2.CAP_PROP_POS_MSEC)) / 1000
            index += 1
        if index < about.frames - max(1, MOST_LOST * about.frames):
            raise ReadError(f"{path} breaks off: {index} of {about.frames} frames are there", hint="copy it again")


def _rgb(path: Path, video: Any) -> Pixels:
    done, frame = video.retrieve()
    if not done:
        raise ReadError(f"{path}: a frame cannot be decoded", hint="it may be damaged")
    return np.ascontiguousarray(np.asarray(frame)[..., ::-1].transpose(2, 0, 1))
