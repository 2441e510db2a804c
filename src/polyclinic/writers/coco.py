"""COCO: `annotations/instances_<split>.json` with boxes and run-length masks, captions beside it, images by split.

```text
annotations/instances_train.json   annotations/captions_train.json   train/<study>.png
```

A mask is written as packed run lengths with its own box; a box without a mask as a box alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from polyclinic.errors import PolyclinicError
from polyclinic.layouts.valued import box_of
from polyclinic.readers import read_shape
from polyclinic.store.collection import Collection
from polyclinic.store.export import new_folder
from polyclinic.study import Image, Mask, Region, Study
from polyclinic.writers.account import Stems, Written, without
from polyclinic.writers.listing import Listing
from polyclinic.writers.pictures import place_picture

NAME = "coco"
KEPT = ("captions", "regions")


def write(collection: Collection, out: Path, *, link: bool = False) -> Written:
    """Write a collection as a COCO folder.

    Raises:
        UsageError: `out` is there already, and not empty.
    """
    written, stems = Written(), Stems()
    ids = category_ids(collection)
    with new_folder(out) as building, ExitStack() as opened:
        books: dict[str, _Book] = {}
        for study in collection:
            split = collection.header.splits.of(study)
            if split not in books:
                books[split] = _Book(building, split, _head(collection, ids), opened, collection.root, link)
            written.studies += _study(study, books[split], ids, stems.of(study.id), written)
            written.leave_parts(study, KEPT)
    return written


def category_ids(collection: Collection) -> dict[str, int]:
    """Region name -> category, in alphabetical order from 1."""
    names = {region.name for study in collection for region in study.regions}
    return {name: at for at, name in enumerate(sorted(names), start=1)}


def _head(collection: Collection, ids: Mapping[str, int]) -> dict[str, Any]:
    kinds = {region.name: region.kind for study in collection for region in study.regions if region.kind}
    categories = [
        {"id": at, "name": name} | ({"supercategory": kinds[name]} if name in kinds else {}) for name, at in ids.items()
    ]
    licence = collection.header.licence
    return {
        "info": {"description": collection.header.name},
        "licenses": [{"id": 1, "name": licence}] if licence else [],
        "categories": categories,
    }


def _study(study: Study, book: _Book, ids: Mapping[str, int], stem: str, written: Written) -> bool:
    taken = False
    for at, image in enumerate(study.images):
        try:
            record = book.picture(image, stem if at == 0 else f"{stem}.{at}") | {"study": study.id}
        except PolyclinicError as error:
            written.leave(f"image: {without(error, image.path)}", study.id)
            continue
        regions = [region for region in study.regions if region.image == at]
        book.instances.add(record, _annotations(regions, ids, written, study.id))
        if study.captions and not taken:
            book.captions.add(record, [{"caption": caption} for caption in study.captions])
        taken = True
    return taken


def _annotations(
    regions: Sequence[Region], ids: Mapping[str, int], written: Written, where: str
) -> Iterator[dict[str, Any]]:
    for region in regions:
        try:
            record = annotation(region)
        except PolyclinicError as error:
            written.leave(f"region: {without(error, getattr(region.mask, 'path', ''))}", where)
            continue
        if record is None:
            written.leave("region: points alone, or an empty mask", where)
        else:
            yield {"category_id": ids[region.name]} | record


def annotation(region: Region) -> dict[str, Any] | None:
    """A Region's `bbox`, `area` and `segmentation`; None where it has neither a box nor a pixel."""
    box, area = region.box, 0.0
    record: dict[str, Any] = {}
    if region.mask is not None:
        array = region.mask.array()
        if array.any():
            runs = Mask.from_array(array).counts
            record = {"segmentation": {"size": list(array.shape), "counts": packed(runs)}}
            box, area = box or box_of(array), float(array.sum())
    if box is None or len(box) != 4:
        return None
    x0, y0, x1, y1 = box
    return {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": area or (x1 - x0) * (y1 - y0), "iscrowd": 0} | record


def packed(runs: Iterable[int]) -> str:
    """COCO's compressed run lengths, as `layouts.coco.unpacked` reads them.

    Example:
        >>> packed([5, 2, 2, 2, 5])
        '52203'
    """
    held, text = list(runs), []
    for at, run in enumerate(held):
        value, more = run - held[at - 2] if at > 2 else run, True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            text.append(chr((bits | 32 if more else bits) + 48))
    return "".join(text)


@dataclass
class _Book:
    """The folder of one split's images and its two files; captions get one where there are any."""

    root: Path
    split: str
    head: dict[str, Any]
    opened: ExitStack
    source: Path
    link: bool
    number: int = 0

    def picture(self, image: Image, stem: str) -> dict[str, Any]:
        """Place an image; its record comes back."""
        folder = self.root / self.split
        name = place_picture(image, self.source, folder, stem, link=self.link)
        height, width = read_shape(folder / name)[-2:]
        self.number += 1
        return {"id": self.number, "file_name": name, "height": height, "width": width}

    @cached_property
    def instances(self) -> Listing:
        return self.opened.enter_context(Listing(self._path("instances"), self.head))

    @cached_property
    def captions(self) -> Listing:
        return self.opened.enter_context(Listing(self._path("captions"), self.head | {"categories": []}))

    def _path(self, what: str) -> Path:
        return self.root / "annotations" / f"{what}_{self.split}.json"
