"""From a model and a collection to an index, block by block, with the rate and the time that is left."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from polyclinic.errors import PixelError, ReadError
from polyclinic.gallery.vectors import Dtype, Maker, Writer
from polyclinic.study import Study
from polyclinic.verbs import Embeds

BLOCK = 256
MIB = 2**20


@dataclass(frozen=True)
class Pace:
    """How far it is.

    Args:
        rate: images a second of this run, without those that were there already.
        left_s: seconds that the rest will take at that rate.
    """

    done: int
    total: int
    rate: float
    left_s: float


def maker_of(model: str, folder: Path, collection: str, studies: Sequence[Study], dtype: Dtype) -> Maker:
    """What the index will say of its making."""
    listed = hashlib.sha256("\n".join(study.id for study in studies).encode()).hexdigest()
    return Maker(model, weights_digest(folder), collection, listed, dtype)


def weights_digest(folder: Path) -> str:
    """SHA-256 of a model's weights."""
    digest = hashlib.sha256()
    with (folder / "model.safetensors").open("rb") as file:
        while part := file.read(MIB):
            digest.update(part)
    return digest.hexdigest()


def build(
    model: Embeds,
    studies: Sequence[Study],
    writer: Writer,
    *,
    block: int = BLOCK,
    tell: Callable[[Pace], None] = lambda _: None,
) -> None:
    """Embed what the index does not have yet; an image that cannot be read is named in its block and left out."""
    first = sum(len(done.ids) + len(done.skipped) for done in writer.done)
    began = time.monotonic()
    for start in range(first, len(studies), block):
        good, skipped = _readable(studies[start : start + block])
        writer.add([study.id for study in good], model.embed_images(good), skipped)
        done = min(start + block, len(studies))
        rate = (done - first) / max(time.monotonic() - began, 1e-9)
        tell(Pace(done, len(studies), rate, (len(studies) - done) / rate))


def _readable(studies: Sequence[Study]) -> tuple[list[Study], list[str]]:
    good, skipped = [], []
    for study in studies:
        try:
            _ = study.images[0].pixels
            good.append(study)
        except (ReadError, PixelError):
            skipped.append(study.id)
    return good, skipped
