"""The audit of a collection: what ties its splits together, what it holds twice, with the pairs as pictures.

`audit.json` lists everything; `audit.html` is one file without scripts that shows the pairs side by side.
"""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.errors import PolyclinicError
from polyclinic.records import to_plain
from polyclinic.store.collection import Collection
from polyclinic.store.leaks import Leak, LeakReport, find_leaks
from polyclinic.study import Pixels

REPORT, PAGE = "audit.json", "audit.html"
SHOWN, PICTURE_SIDE = 200, 200
NOTICE = "This is research software and not a medical device."
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
article { display: grid; grid-template-columns: 1fr 1fr; gap: .25rem 1rem; }
article { border-top: 1px solid #8886; padding: 1rem 0; }
article h3 { grid-column: 1 / -1; margin: 0; font-size: 1rem; }
figure { margin: 0; } figcaption { overflow-wrap: anywhere; } img { max-width: 100%; image-rendering: auto; }
"""


@dataclass(frozen=True)
class Audit:
    """What was found.

    Args:
        leaks: ties between Studies of different splits.
        duplicates: Studies of one split with the same, or nearly the same, pixels.
        variants: whether turned, mirrored and inverted copies were looked for.
    """

    name: str
    studies: int
    images: int
    variants: bool
    leaks: tuple[Leak, ...]
    duplicates: tuple[Leak, ...]
    unreadable: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong between splits, and everything could be read."""
        return not self.leaks and not self.unreadable


def audit(collection: Collection, *, variants: bool = False) -> Audit:
    """Look through a collection.

    Args:
        variants: find copies that were turned, mirrored or inverted as well; takes several times as long.
    """
    found: LeakReport = find_leaks(collection, collection.header.splits, variants=variants, within=True)
    across = tuple(leak for leak in found.leaks if leak.splits[0] != leak.splits[1])
    inside = tuple(leak for leak in found.leaks if leak.splits[0] == leak.splits[1])
    unreadable = (*collection.skipped, *found.unreadable)
    return Audit(collection.header.name, len(collection), found.images, variants, across, inside, unreadable)


def write_audit(found: Audit, collection: Collection, out: Path, shown: int = SHOWN) -> None:
    """Write the report and the page.

    Args:
        out: a folder, made here.
        shown: the most pairs of either kind on the page; the report has all.
    """
    out.mkdir(parents=True, exist_ok=True)
    _write(out / REPORT, json.dumps(as_json(found), indent=1, ensure_ascii=False) + "\n")
    _write(out / PAGE, "\n".join(_page(found, collection, shown)) + "\n")


def as_json(found: Audit) -> dict[str, Any]:
    """The audit in plain types."""
    return {
        "name": found.name,
        "studies": found.studies,
        "images": found.images,
        "variants": found.variants,
        "leaks": [to_plain(leak) for leak in found.leaks],
        "duplicates": [to_plain(leak) for leak in found.duplicates],
        "unreadable": list(found.unreadable),
    }


def in_words(leak: Leak) -> str:
    """One line for people.

    Example:
        >>> in_words(Leak("near-duplicate pixels", ("a", "b"), ("train", "test"), 0.9, variant="mirrored"))
        'near-duplicate pixels: a (train) and b (test), likeness 0.90, mirrored'
    """
    (one, two), (split, other) = leak.ids, leak.splits
    likeness = f", likeness {leak.likeness:.2f}" if leak.likeness < 1 else ""
    return f"{leak.tie}: {one} ({split}) and {two} ({other}){likeness}{f', {leak.variant}' if leak.variant else ''}"


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)


def _page(found: Audit, collection: Collection, shown: int) -> Iterator[str]:
    title = html.escape(f"Audit of {found.name}")
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><h1>{title}</h1>'
    looked = "turned, mirrored and inverted copies included" if found.variants else "upright copies only"
    yield f"<p>{found.studies} studies, {found.images} images read, {looked}. {NOTICE}</p>"
    yield from _section("Between splits", found.leaks, collection, shown)
    yield from _section("Inside a split", found.duplicates, collection, shown)
    if found.unreadable:
        yield f"<h2>Cannot be read ({len(found.unreadable)})</h2><ul>"
        yield from (f"<li>{html.escape(line)}</li>" for line in found.unreadable[:shown])
        yield "</ul>"
    yield "</body></html>"


def _section(title: str, leaks: tuple[Leak, ...], collection: Collection, shown: int) -> Iterator[str]:
    yield f"<h2>{title} ({len(leaks)})</h2>"
    if not leaks:
        yield "<p>None found.</p>"
    if len(leaks) > shown:
        yield f"<p>The first {shown} are shown; {REPORT} has all.</p>"
    for leak in leaks[:shown]:
        yield f"<article><h3>{html.escape(in_words(leak))}</h3>"
        yield from _figures(leak, collection)
        yield "</article>"


def _figures(leak: Leak, collection: Collection) -> Iterable[str]:
    for ident, split, number in zip(leak.ids, leak.splits, leak.images, strict=True):
        said = html.escape(f"{ident} ({split})")
        yield f"<figure>{_picture(collection, ident, number, said)}<figcaption>{said}</figcaption></figure>"


def _picture(collection: Collection, ident: str, number: int, said: str) -> str:
    study = collection.find(ident)
    if study is None or number >= len(study.images):
        return "<p>no image</p>"
    try:
        data = base64.b64encode(_png(study.images[number].pixels)).decode()
    except PolyclinicError as error:
        return f"<p>{html.escape(str(error))}</p>"
    return f'<img alt="{said}" src="data:image/png;base64,{data}">'


def _png(pixels: Pixels) -> bytes:
    """A small picture: colours as they are where there are three, the middle slice of a volume, grey otherwise."""
    from PIL import Image

    plane = pixels[:, pixels.shape[1] // 2] if pixels.ndim == 4 else pixels
    step = max(1, max(plane.shape[1:]) // (2 * PICTURE_SIDE))
    grid = np.nan_to_num(plane[:, ::step, ::step].astype(np.float32))
    low, high = np.percentile(grid, (1, 99))
    shades = (np.clip((grid - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)
    picture = Image.fromarray(shades.transpose(1, 2, 0) if len(shades) == 3 else shades[0])
    picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
