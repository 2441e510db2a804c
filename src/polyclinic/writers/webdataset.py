"""WebDataset: tar files whose members share a key, with each Study's JSON and its files' own bytes.

```text
train-000000.tar:  000000.json  000000.png  000000.1.png  000000.mask0.png  000001.json ...
```

`<key>.json` is the Study as a collection has it, with the members' names for paths; `<key>.<ending>` is its first
image. The bytes of the tar files depend on the collection alone: no times, no owners.
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from polyclinic.errors import ReadError
from polyclinic.layouts.files import stem
from polyclinic.store.collection import Collection
from polyclinic.store.export import files_of, new_folder
from polyclinic.study import MaskFile, Study
from polyclinic.writers.account import Written

NAME = "webdataset"
MOST_STUDIES = 10_000
MOST_BYTES = 2**30
PLAIN = re.compile(r"[a-z0-9]{1,8}(?:\.[a-z0-9]{1,8})?")


def write(collection: Collection, out: Path, *, link: bool = False) -> Written:
    """Write a collection as tar files by split; `link` has no use here.

    Raises:
        UsageError: `out` is there already, and not empty.
    """
    written = Written()
    splits = collection.header.splits
    with new_folder(out) as building:
        for split in sorted({splits.of(study) for study in collection}):
            studies = (study for study in collection if splits.of(study) == split)
            shards = _Shards(building, split)
            try:
                for study in studies:
                    written.studies += _add(study, collection.root, shards, written)
            finally:
                shards.close()
    return written


@dataclass
class _Shards:
    """The tar files of a split; a new one begins when one is full."""

    folder: Path
    split: str
    number: int = -1
    studies: int = 0
    size: int = 0
    key: int = -1
    tar: tarfile.TarFile | None = None

    def begin(self) -> str:
        """The key of the next Study; opens a tar file where one is due."""
        if self.tar is None or self.studies >= MOST_STUDIES or self.size >= MOST_BYTES:
            self.close()
            self.number, self.studies, self.size = self.number + 1, 0, 0
            name = f"{self.split}-{self.number:06d}.tar"
            self.tar = tarfile.open(self.folder / name, "w", format=tarfile.USTAR_FORMAT)
        self.key += 1
        self.studies += 1
        return f"{self.key:06d}"

    def member(self, name: str, data: bytes) -> None:
        """Add a file whose entry says nothing but its name and size."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), 0o644
        assert self.tar is not None
        self.tar.addfile(entry, io.BytesIO(data))
        self.size += len(data)

    def file(self, name: str, path: Path) -> None:
        """Add a file from disk, piece by piece."""
        entry = tarfile.TarInfo(name)
        assert self.tar is not None
        with path.open("rb") as source:
            entry.size, entry.mode = path.stat().st_size, 0o644
            self.tar.addfile(entry, source)
        self.size += entry.size

    def close(self) -> None:
        """End the tar file that is open."""
        if self.tar is not None:
            self.tar.close()
            self.tar = None


def _add(study: Study, root: Path, shards: _Shards, written: Written) -> bool:
    if lacking := [path for path in dict.fromkeys(files_of(study)) if not (root / path).is_file()]:
        written.leave("study: a file of it is missing", f"{study.id}, {lacking[0]}")
        return False
    key = shards.begin()
    members = {path: f"{key}.{ending}" for path, ending in endings(study)}
    record = renamed(study, members).to_json()
    shards.member(f"{key}.json", json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())
    for path, name in members.items():
        try:
            shards.file(name, root / path)
        except OSError as error:
            raise ReadError(f"cannot read {root / path}: {error.strerror}") from error
    return True


def endings(study: Study) -> Iterator[tuple[str, str]]:
    """What follows the key in the name of each file's member: images, then masks, then signals.

    Example:
        >>> from polyclinic.study import Image
        >>> list(endings(Study("a", "a", images=(Image("x.png"), Image("y.nii.gz")))))
        [('x.png', 'png'), ('y.nii.gz', '1.nii.gz')]
    """
    images = dict.fromkeys(image.path for image in study.images)
    masks = dict.fromkeys(region.mask.path for region in study.regions if isinstance(region.mask, MaskFile))
    seen: set[str] = set()
    groups = (
        (("", *(f"{at}." for at in range(1, len(images)))), images),
        (None, masks),
        (None, study.signals.values()),
    )
    for word, (starts, paths) in zip(("image", "mask", "signal"), groups, strict=True):
        for at, path in enumerate(path for path in paths if path not in seen):
            start = starts[at] if starts is not None else f"{word}{at}."
            yield path, start + _ending(path)
            seen.add(path)


def _ending(path: str) -> str:
    """All of a file's ending, in lower case; `bin` where it has none that a member's name could bear."""
    name = path.rpartition("/")[2]
    known, last = name[len(stem(name)) :], name.rpartition(".")
    ending = (known.lstrip(".") or (last[2] if last[1] else "")).lower()
    return ending if PLAIN.fullmatch(ending) else "bin"


def renamed(study: Study, members: dict[str, str]) -> Study:
    """The Study with its files under other names."""
    images = tuple(dataclasses.replace(image, path=members[image.path]) for image in study.images)
    regions = tuple(
        dataclasses.replace(region, mask=dataclasses.replace(region.mask, path=members[region.mask.path]))
        if isinstance(region.mask, MaskFile)
        else region
        for region in study.regions
    )
    signals = {name: members[path] for name, path in study.signals.items()}
    return dataclasses.replace(study, images=images, regions=regions, signals=signals)
