"""What a shard holds of a Study: its JSON and its files' original bytes, under names that WebDataset reads.

Member names are `{key}.json`, `{key}.0.png`, `{key}.1.nii.gz` ...: the key has no dot, the number counts the
Study's files in the order of `files_of`, each once. So the JSON stays as it is in `studies.jsonl`, and which
member a path means follows from the Study alone.
"""

from __future__ import annotations

import os
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from polyclinic.errors import PolyclinicError, ReadError, UsageError
from polyclinic.readers import photo, read_labels, read_pixels, read_shape
from polyclinic.readers.files import MOST_BYTES
from polyclinic.store.export import files_of
from polyclinic.study import Image, MaskFile, Pixels, ShapedLoader, Study

RUNS_CODE = (".pyd", ".pickle", ".pkl", ".pth", ".pt", ".joblib", ".dill")  # endings that readers of shards unpickle
PLAIN = re.compile(r"\.[a-z0-9_-]+")


@dataclass(frozen=True)
class Member:
    """Where a member's bytes lie.

    Args:
        name: in the tar file.
        path: what the Study calls it; None for the Study's own JSON.
        offset: of its first byte from the start of the shard.
    """

    name: str
    path: str | None
    offset: int
    size: int
    crc32: int


def distinct_files(study: Study) -> tuple[str, ...]:
    """The files that a Study rests on, each once, in the order of their members."""
    return tuple(dict.fromkeys(files_of(study)))


def member_names(key: str, files: tuple[str, ...]) -> tuple[str, ...]:
    """The members' names: the JSON's, then one for each file.

    Raises:
        UsageError: a file that a reader of shards would unpickle, and so run.

    Example:
        >>> member_names("000007", ("ct/a.nii.gz", "b.png"))
        ('000007.json', '000007.0.nii.gz', '000007.1.png')
    """
    return (f"{key}.json", *(f"{key}.{i}{_ending(path)}" for i, path in enumerate(files)))


def _ending(path: str) -> str:
    endings = [ending.lower() for ending in PurePosixPath(path).suffixes[-2:]]
    if len(endings) == 2 and endings[1] not in (".gz", ".zip", ".tiff", ".tif"):  # scan.2024.png ends in .png alone
        endings = endings[1:]
    if any(ending in RUNS_CODE for ending in endings):
        raise UsageError(
            f"{path} is of a kind that runs code when it is read", hint="shards hold images, masks, signals"
        )
    return "".join(endings) if endings and all(PLAIN.fullmatch(ending) for ending in endings) else ".bin"


@dataclass(frozen=True)
class MemberFile:
    """A member as the readers want it: a file, for as long as it is read.

    Args:
        name: the member's; its ending goes to the file.
        where: shard, member and path, for messages.
        fetch: gives the bytes, checked.
    """

    name: str
    where: str
    fetch: Callable[[], bytes]

    def pixels(self) -> Pixels:
        """As `readers.read_pixels`; a photograph is decoded from its bytes, without the way through a file."""
        data = self.fetch()
        if _is_photo(self.name, data):
            with self._named(path := Path(self.name)):
                return photo.pixels_of(data, path)
        with self._as_file(data) as path:
            return read_pixels(path)

    def shape(self) -> tuple[int, ...]:
        """As `readers.read_shape`."""
        with self.as_file() as path:
            return read_shape(path)

    def labels(self) -> Pixels:
        """As `readers.read_labels`; read once, since many Regions share one file."""
        return self._labels

    @cached_property
    def _labels(self) -> Pixels:
        with self.as_file() as path:
            return read_labels(path)

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """The member as a file of its own; a reader's error names the member instead."""
        with self._as_file(self.fetch()) as path:
            yield path

    @contextmanager
    def _as_file(self, data: bytes) -> Iterator[Path]:
        with _placed(data, self.name) as path, self._named(path):
            yield path

    @contextmanager
    def _named(self, path: Path) -> Iterator[None]:
        """A reader's error names the member instead of the path."""
        try:
            yield
        except PolyclinicError as error:
            raise type(error)(str(error).replace(str(path), self.where), hint=error.hint) from error


def _is_photo(name: str, data: bytes) -> bool:
    """Whether a member is a photograph, by name and content: other readers look at the path again."""
    return name.endswith(photo.ENDINGS) and photo.matches(data)


@dataclass(frozen=True)
class MemberPixels:
    """The loader of an image in a member."""

    file: MemberFile

    def __call__(self) -> Pixels:
        """The whole."""
        return self.file.pixels()

    def shape(self) -> tuple[int, ...]:
        """The shape, by the header."""
        return self.file.shape()


@contextmanager
def _placed(data: bytes, name: str) -> Iterator[Path]:
    """A file of these bytes; in memory for photographs, whose readers go by content, where the system has that."""
    in_memory = _is_photo(name, data) and hasattr(os, "memfd_create")
    if in_memory:
        handle = os.memfd_create(name)
        path = Path(f"/proc/self/fd/{handle}")
    else:
        handle, called = tempfile.mkstemp(prefix="member-", suffix=f"-{name}")
        path = Path(called)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            yield path
    finally:
        if not in_memory:
            path.unlink(missing_ok=True)


def attach_members(study: Study, files: Mapping[str, MemberFile]) -> Study:
    """The Study with loaders that read its images and masks from members.

    Args:
        files: by the path that the Study gives.

    Raises:
        ReadError: a file of the Study that the shard lacks.
    """
    if lacking := [path for path in distinct_files(study) if path not in files]:
        raise ReadError(f"study {study.id}: its shard has no member for {lacking[0]}", hint="write the shards again")
    images = tuple(replace(image, load=MemberPixels(files[image.path])) for image in study.images)
    regions = tuple(
        replace(region, mask=replace(region.mask, load=files[region.mask.path].labels))
        if isinstance(region.mask, MaskFile)
        else region
        for region in study.regions
    )
    return replace(study, images=images, regions=regions)


def shape_of(image: Image, root: Path) -> tuple[int, ...]:
    """The shape of an image's pixels by its header, wherever the file lies.

    Args:
        root: of the collection.

    Raises:
        ReadError: as `readers.read_shape`.
    """
    return image.load.shape() if isinstance(image.load, ShapedLoader) else read_shape(root / image.path)


def check_bytes(data: bytes, size: int, crc32: int, where: str) -> bytes:
    """The bytes, where they are what was written.

    Raises:
        ReadError: cut off or changed.
    """
    if len(data) != size:
        raise ReadError(f"{where} is cut off: {len(data)} of {size} bytes", hint="copy the shard again")
    if zlib.crc32(data) != crc32:
        raise ReadError(f"{where} is damaged: its checksum differs from the index", hint="copy the shard again")
    return data


def check_member_size(size: int, where: str) -> None:
    """Refuse what would not fit into memory.

    Raises:
        ReadError: more bytes than the readers take.
    """
    if size > MOST_BYTES:
        raise ReadError(
            f"{where} has {size / 2**30:.1f} GiB; the most is {MOST_BYTES / 2**30:.0f}", hint="cut it first"
        )
