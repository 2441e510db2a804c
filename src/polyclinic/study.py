"""The record: a Study is the images of one subject at one visit, with everything known about them.

Readers make Studies, pipelines turn Studies into Studies, systems read Studies. The classes are frozen
and hold no pixels: `Image.pixels` and `Region.array` load on demand. Missing values are None (or NaN in
arrays), never 0, -1 or "". `to_json` and `from_json` are the JSON Lines form, documented in
docs/concepts/record.md; paths in it are relative to the collection.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from polyclinic.errors import PixelError
from polyclinic.records import from_plain, to_plain

Json = dict[str, Any]
Pixels = NDArray[Any]
Change = Literal["new", "worse", "same", "better", "resolved"]

CHANGES: tuple[Change, ...] = ("new", "worse", "same", "better", "resolved")
LANGUAGES = ("en", "zh", "ar")
PLANAR = (".png", ".jpg", ".jpeg", ".gif", ".ppm", ".pgm")  # endings of formats that hold no volume


@runtime_checkable
class SliceLoader(Protocol):
    """What `load` may be where one slice can be read without the rest of the volume."""

    def __call__(self) -> Pixels:
        """The whole."""

    def slice(self, index: int) -> Pixels:
        """One slice along z."""


@runtime_checkable
class ShapedLoader(Protocol):
    """What `load` may be where the header alone tells the pixels' shape."""

    def __call__(self) -> Pixels:
        """The whole."""

    def shape(self) -> tuple[int, ...]:
        """The shape of the whole."""


@dataclass(frozen=True)
class Mask:
    """A binary mask as run lengths: COCO's uncompressed form, column-major, first run is background.

    Args:
        size: (y, x), or (z, y, x) for a volume.
        counts: run lengths, alternating background and foreground; they sum to the mask's size.
    """

    size: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def from_array(cls, mask: NDArray[Any]) -> Mask:
        """Encode an array; anything non-zero is foreground.

        Example:
            >>> Mask.from_array(np.array([[0, 1], [0, 1]])).counts
            (2, 2)
        """
        flat = np.asarray(mask, dtype=bool).ravel(order="F")
        edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        bounds = np.concatenate([[0], edges, [flat.size]])
        runs = np.diff(bounds).tolist()
        return cls(tuple(mask.shape), tuple([0, *runs] if flat.size and flat[0] else runs))

    def array(self) -> NDArray[np.bool_]:
        """Decode to a boolean array of shape `size`."""
        values = np.arange(len(self.counts)) % 2 == 1
        return np.repeat(values, self.counts).reshape(self.size, order="F")


@dataclass(frozen=True)
class MaskFile:
    """A mask that stays in its own file (PNG, TIFF, NIfTI), optionally one value of a label map.

    Args:
        path: relative to the collection.
        value: the label's value; None means everything that is not zero.
        slice: index along z where the mask is one slice of the volume in the file.
        load: reads the label map; set by whoever made the Study, not stored. A `SliceLoader` reads one slice alone.
    """

    path: str
    value: int | None = None
    slice: int | None = None
    load: Callable[[], Pixels] | None = field(default=None, compare=False, repr=False)

    def array(self) -> NDArray[np.bool_]:
        """Read the file and select the label; shape (y, x) or (z, y, x)."""
        if self.load is None:
            raise PixelError(f"mask {self.path} has no loader", hint="open it through a collection or a layout")
        if self.slice is None:
            labels = self.load()
        elif isinstance(self.load, SliceLoader):
            labels = self.load.slice(self.slice)
        else:
            labels = _plane(self.load()[None], self.slice, self.path)[0]
        return labels != 0 if self.value is None else labels == self.value


@dataclass(frozen=True)
class Image:
    """One image or volume, known by where its pixels lie.

    Args:
        path: relative to the collection; for an image made in memory, any name.
        modality: DICOM code (DX CR CT MR US SM OP ES XC GM ...), None where unknown.
        channels: a name for each channel.
        view: projection or plane as DICOM's View Position has it (PA, AP, LL), or None.
        spacing_mm: distance between pixel centres, ordered as the pixels are ([z,] y, x).
        affine: 4 x 4 voxel-to-world matrix (RAS+), row by row, for volumes that have one.
        time_days: days since the subject's first visit; negative on a prior image inside a later Study.
        slice: index along z where the image is one slice of the volume in the file.
        load: gives the pixels; set by whoever made the Study, not stored. A `SliceLoader` gives one slice alone, a
            `ShapedLoader` the shape.
    """

    path: str
    modality: str | None = None
    channels: tuple[str, ...] = ()
    view: str | None = None
    spacing_mm: tuple[float, ...] | None = None
    affine: tuple[tuple[float, ...], ...] | None = None
    time_days: float | None = None
    slice: int | None = None
    load: Callable[[], Pixels] | None = field(default=None, compare=False, repr=False)

    @property
    def pixels(self) -> Pixels:
        """The pixels, (channel, y, x) or (channel, z, y, x), in the file's own number type.

        Raises:
            PixelError: no loader, or nothing but NaN in it.
            ReadError: the file is missing or damaged.
        """
        if self.load is None:
            raise PixelError(f"image {self.path} has no loader", hint="open it through a collection or a layout")
        if self.slice is None:
            pixels = self.load()
        elif isinstance(self.load, SliceLoader):
            pixels = self.load.slice(self.slice)
        else:
            pixels = _plane(self.load(), self.slice, self.path)
        if pixels.size == 0:
            raise PixelError(f"image {self.path} is empty: shape {pixels.shape}")
        if pixels.dtype.kind == "f" and not np.isfinite(pixels).any():
            raise PixelError(f"image {self.path} holds no finite value")
        return pixels

    @property
    def is_volume(self) -> bool:
        """Whether it is a whole volume: told by its record, else by its header, else by its pixels.

        Raises:
            PixelError: only the pixels would tell, and there is no loader.
            ReadError: only the file would tell, and it is missing or damaged.
        """
        if self.slice is not None or self.path.lower().endswith(PLANAR):
            return False
        if self.spacing_mm is not None:
            return len(self.spacing_mm) == 3
        shape = self.load.shape() if isinstance(self.load, ShapedLoader) else self.pixels.shape
        return len(shape) == 4

    @classmethod
    def from_array(cls, pixels: Pixels, path: str = "memory", **known: Any) -> Image:
        """An image that lives in memory; a (y, x) array gets its channel axis."""
        array = pixels[None] if pixels.ndim == 2 else pixels
        return cls(path, load=lambda: array, **known)


@dataclass(frozen=True)
class Report:
    """A report as ordered sections (indication, comparison, findings, impression ...)."""

    sections: Mapping[str, str]
    language: str = "en"

    @property
    def text(self) -> str:
        """All sections, in order, one paragraph each."""
        return "\n".join(text for text in self.sections.values() if text)


@dataclass(frozen=True)
class Region:
    """A place in an image: any of a box, a mask, points.

    Args:
        name: what it is (a finding, an organ, a cell type).
        kind: `organ`, `finding` or another group that scores are kept apart by; None where unknown.
        image: index into the Study's images.
        box: x0, y0, x1, y1 in pixels, half open; x0, y0, z0, x1, y1, z1 in a volume.
        points: (x, y) or (x, y, z) in pixels.
        score: a system's confidence in it, 0 to 1.
        text: the sentence or phrase that speaks of it.
    """

    name: str
    kind: str | None = None
    image: int = 0
    box: tuple[float, ...] | None = None
    mask: Mask | MaskFile | None = None
    points: tuple[tuple[float, ...], ...] = ()
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    score: float | None = None
    text: str | None = None

    @cached_property
    def array(self) -> NDArray[np.bool_]:
        """The mask as a boolean array; loaded once."""
        if self.mask is None:
            raise PixelError(f"region {self.name!r} has no mask", hint="use its box")
        return self.mask.array()


@dataclass(frozen=True)
class Finding:
    """A finding that is present, absent, or (None) uncertain."""

    name: str
    present: bool | None
    region: Region | None = None
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    change: Change | None = None


@dataclass(frozen=True)
class Turn:
    """A question and its reference answer.

    Args:
        kind: `closed` where the answer is one of few (`options`), else `open`.
        options: the allowed answers of a closed question; empty means yes and no.
        topic: presence, which, where, count, size, change, region ... as the source has it.
        regions: places that the question points at (`what is in this box`).
        evidence: places that the answer speaks of.
        images: indices into the Study's images; empty means all.
        prior: whether the question needs the previous visit.
    """

    question: str
    answer: str
    kind: Literal["open", "closed"] = "open"
    options: tuple[str, ...] = ()
    topic: str | None = None
    regions: tuple[Region, ...] = ()
    evidence: tuple[Region, ...] = ()
    images: tuple[int, ...] = ()
    language: str = "en"
    prior: bool = False


@dataclass(frozen=True)
class Outcome:
    """Time to an event, or to the end of observation when `event` is false."""

    time_days: float
    event: bool
    name: str = "death"


@dataclass(frozen=True)
class Source:
    """Where a Study comes from and under which licence."""

    name: str
    licence: str | None = None
    location: str | None = None


@dataclass(frozen=True)
class Study:
    """The images of one subject at one visit with everything known about them.

    Args:
        id: unique in its collection.
        subject: the patient; splits never part a subject.
        domain: what kind of study it is (`chest`, `fundus`, `cells` ...), None where unknown.
        labels: name -> value of whole-study labels (class, sex, age ...); text, number or true/false.
        prior: id of the same subject's previous Study in the collection.
        split: fixed by the source (`train`, `val`, `test`); None lets the collection's hash decide.
    """

    id: str
    subject: str
    domain: str | None = None
    images: tuple[Image, ...] = ()
    report: Report | None = None
    captions: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    regions: tuple[Region, ...] = ()
    turns: tuple[Turn, ...] = ()
    labels: Mapping[str, str | float | bool] = field(default_factory=dict)
    outcome: Outcome | None = None
    signals: Mapping[str, str] = field(default_factory=dict)
    source: Source | None = None
    prior: str | None = None
    split: str | None = None

    def with_prior(self, prior: Study) -> Study:
        """This Study with the prior visit's images appended, marked by a negative `time_days`.

        A system tells current from prior images by that sign alone.
        """
        now = _visit_time(self)
        gap = now - _visit_time(prior) if prior.images else 0.0
        before = tuple(
            dataclasses.replace(image, time_days=-gap if gap > 0 else -1.0)
            for image in prior.images
            if image.time_days is None or image.time_days >= 0
        )
        current = tuple(dataclasses.replace(image, time_days=0.0) for image in self.images)
        return dataclasses.replace(self, images=current + before)

    @property
    def current_images(self) -> tuple[Image, ...]:
        """The images of this visit."""
        return tuple(image for image in self.images if not _is_prior(image))

    @property
    def prior_images(self) -> tuple[Image, ...]:
        """The images that `with_prior` brought along."""
        return tuple(image for image in self.images if _is_prior(image))

    def to_json(self) -> Json:
        """The JSON Lines form: plain types, empty fields left out."""
        return to_plain(self)

    @classmethod
    def from_json(cls, record: Json, where: str = "record") -> Study:
        """Rebuild a Study.

        Args:
            record: what `to_json` gave.
            where: file and line, for error messages.

        Raises:
            RecordError: an unknown or missing field, or a value of the wrong type; names place and field.
        """
        return from_plain(cls, record, where)


def _plane(volume: Pixels, index: int, path: str) -> Pixels:
    """One slice of (channel, z, y, x) pixels."""
    if volume.ndim != 4 or not 0 <= index < volume.shape[1]:
        raise PixelError(f"{path} has no slice {index}: its shape is {volume.shape}")
    return volume[:, index]


def _visit_time(study: Study) -> float:
    return next((image.time_days for image in study.images if image.time_days is not None), 0.0)


def _is_prior(image: Image) -> bool:
    return image.time_days is not None and image.time_days < 0
