"""What lies on the bench: the collection that is open, its corrections, the model, and what is kept of them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from polyclinic.errors import PolyclinicError, ReadError, UnsupportedError, UsageError
from polyclinic.readers import dicom, read_shape
from polyclinic.readers.dicom import series
from polyclinic.readers.files import read_head
from polyclinic.records import to_plain
from polyclinic.serving.workbench.corrections import MARK, Corrections
from polyclinic.serving.workbench.likeness import Likeness
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.planes import Axis, Held, facts, mask_plane
from polyclinic.serving.workbench.prompting import Pointing, meant, prompts_of
from polyclinic.serving.workbench.slides import Slides, slide_file
from polyclinic.serving.workbench.thumbnails import Thumbnails
from polyclinic.serving.workbench.volumes import labels_file, volume_file
from polyclinic.serving.workbench.worklist import Filter, Page, Worklist
from polyclinic.store.collection import Collection
from polyclinic.store.export import files_of
from polyclinic.store.lines import LineStudies
from polyclinic.store.links import check_links
from polyclinic.study import Image, Mask, Pixels, Region, Study

State = Literal["reading", "ready", "failed"]
Json = dict[str, Any]
MOST_ALIKE = 500


class Bench:
    """A collection with a model; the collection is read in the background.

    `session` tells this opening from every other: what a browser kept of another collection is not shown here.

    Args:
        open_it: gives the collection.
        model: draws, finds and embeds; the first to be asked.
        corrections: folder for corrected references; beside the collection where None.
        others: models that can be asked beside it.
    """

    def __init__(
        self,
        open_it: Callable[[], Collection],
        model: LoadingModel | None = None,
        corrections: Path | None = None,
        others: Sequence[LoadingModel] = (),
    ) -> None:
        self.model = model or LoadingModel(None)
        self.models = {one.name: one for one in (self.model, *others) if one.name is not None}
        self.session = secrets.token_hex(8)
        self.state: State = "reading"
        self.listed_so_far = 0
        self.error: PolyclinicError | None = None
        self.pixels, self.thumbnails, self.slides = Held(), Thumbnails(), Slides()
        self._there = threading.Event()
        self._embedding: threading.Thread | None = None
        self._lock = threading.Lock()
        self._collection: Collection | None = None
        self._worklist: Worklist | None = None
        self._corrections: Corrections | None = None
        self._likeness: Likeness | None = None
        threading.Thread(target=self._read, args=(open_it, corrections), daemon=True, name="collection").start()

    @property
    def collection(self) -> Collection:
        """The collection, once it is read.

        Raises:
            PolyclinicError: it could not be.
        """
        return self._ready(self._collection)

    @property
    def worklist(self) -> Worklist:
        """Its rows."""
        return self._ready(self._worklist)

    @property
    def corrections(self) -> Corrections:
        """Its corrected Studies."""
        return self._ready(self._corrections)

    def about(self) -> Json:
        """What the pages say above everything: collection, model, and how far both are."""
        told: Json = {"state": self.state, "model": self._about_model()}
        told["models"] = [_about(model) for model in self.models.values()]
        told["listed"] = self.listed_so_far
        if self.state == "failed" and self.error is not None:
            told |= {"error": str(self.error), "hint": self.error.hint}
        if self.state == "ready":
            header = self.collection.header
            told |= {"name": header.name, "licence": header.licence, "note": header.note}
            told |= {"studies": len(self.worklist), "skipped": len(self.collection.skipped)}
            told |= {"corrected": len(self.corrections), "corrections": self.corrections.root.name}
            told |= {"facets": self.worklist.facets}
        return told

    def study(self, ident: str) -> Study:
        """A Study as it is now: the corrected one where there is one.

        Raises:
            UsageError: no such Study.
            RecordError: its line breaks the schema.
            ReadError: a link leads out of the collection.
        """
        collection, corrections = self.collection, self.corrections
        if corrected := corrections.find(ident):
            return within(corrected, corrections.root)
        study = collection.find(ident)
        if study is None:
            raise UsageError(f"no study {ident!r}", hint="take the id from the worklist")
        return within(study, collection.root)

    def image(self, ident: str, number: int) -> Image:
        """One image of a Study.

        Raises:
            UsageError: no such Study or image.
        """
        images = self.study(ident).images
        if not 0 <= number < len(images):
            raise UsageError(f"study {ident!r} has no image {number}, it has {len(images)}")
        return images[number]

    def volume(self, ident: str, number: int) -> Pixels:
        """An image's pixels as (channel, z, y, x)."""
        return self.pixels.pixels((ident, number), self.image(ident, number))

    def listed(self, wanted: Filter, offset: int, limit: int, like: str | None = None) -> tuple[Page, dict[int, float]]:
        """A page of the worklist, and the likeness of each Study where it is ordered by that.

        Args:
            like: a Study's id, or `text:` with a text, which the rows are ordered by likeness to.
        """
        if not like:
            return self.worklist.page(wanted, offset, limit), {}
        scores = dict(self.alike(like))
        return self.worklist.page(wanted, offset, limit, list(scores)), scores

    def alike(self, like: str) -> list[tuple[int, float]]:
        """Numbers of the Studies most like a Study or a text, best first, with their similarity.

        Raises:
            UnsupportedError: the model has no vectors of images.
            UsageError: nothing is embedded yet.
        """
        if like.startswith("text:"):
            query = self.model.embed_texts([like.removeprefix("text:")])
        else:
            query = self.model.embed_images([self.study(like)])
        self._start_embedding()
        return self._ready(self._likeness).nearest(query[0], MOST_ALIKE)

    def described(self, ident: str, number: int) -> Json:
        """An image's size, spacing and window, and what form it has: picture, volume or slide."""
        image = self.image(ident, number)
        if path := slide_file(image):
            picture = read_shape(path)[1:]
            return {"form": "slide", "picture": picture, **asdict(self.slides.pyramid(path))}
        told = facts(image, self.volume(ident, number))
        form = "volume" if told.shape[0] > 1 else "picture"
        return {"form": form, "dicom": from_dicom(image), **asdict(told)}

    def overlays(self, ident: str, number: int, axis: Axis, index: int) -> list[Json]:
        """The regions of an image in one plane: name, box, points, and the mask as run lengths."""
        return [
            {"region": place, "corrected": MARK in region.attributes, **self._overlay(region, axis, index)}
            for place, region in enumerate(self.study(ident).regions)
            if region.image == number
        ]

    def solid(self, ident: str, number: int, channel: int = 0) -> bytes:
        """A volume to be rendered, as NIfTI."""
        return volume_file(self.image(ident, number), self.volume(ident, number), channel)

    def labels(self, ident: str, number: int) -> bytes:
        """Its masks as a label map: the value of a region is its place in the Study plus 1."""
        places = enumerate(self.study(ident).regions, start=1)
        regions = {value: region for value, region in places if region.image == number}
        return labels_file(self.image(ident, number), regions, self.volume(ident, number).shape[1:])

    def segment(self, ident: str, number: int, pointing: Pointing, index: int = 0) -> list[Region]:
        """What a prompt means in an image, or in one slice of a volume."""
        study = self._plane_study(ident, number, index)
        return meant(self.model.segment(study, prompts_of(pointing)), pointing)

    def find(self, ident: str, number: int, phrase: str, index: int = 0) -> list[Region]:
        """Boxes of what a phrase names in an image, or in one slice of a volume."""
        return self.model.find(self._plane_study(ident, number, index), phrase)

    def shown(self, ident: str, number: int, index: int = 0) -> Study:
        """What models are asked about: an image, or one slice of a volume, with the prior visit's images of a picture.

        Raises:
            UsageError: no such Study, image or slice.
            UnsupportedError: a whole slide.
        """
        if slide_file(self.image(ident, number)) is not None:
            raise UnsupportedError(
                "models are not asked about whole slides", hint="cut tiles: docs/guides/volumes-and-slides.md"
            )
        study, held = self._plane_study(ident, number, index), self.study(ident)
        prior = held.prior and self.collection.find(held.prior)
        if not prior or held.images[number].is_volume:
            return study
        return study.with_prior(within(prior, self.collection.root))

    def chosen(self, names: Sequence[str]) -> list[LoadingModel]:
        """Models by name, all where none is named.

        Raises:
            UsageError: no such model is open.
            UnsupportedError: none is.
        """
        if unknown := [name for name in names if name not in self.models]:
            raise UsageError(f"no model {unknown[0]!r} is open", hint="open are " + (", ".join(self.models) or "none"))
        found = [self.models[name] for name in names] or list(self.models.values())
        if not found:
            raise UnsupportedError("no model is open", hint="start with `polyclinic open COLLECTION --model MODEL`")
        return found

    def _plane_study(self, ident: str, number: int, index: int) -> Study:
        """The image alone, flat, as a Study that a model can be shown."""
        study, image = self.study(ident), self.image(ident, number)
        if slide_file(image) is None and image.is_volume:
            pixels = self.volume(ident, number)
            if not 0 <= index < pixels.shape[1]:
                raise UsageError(f"no slice {index}, there are {pixels.shape[1]}")
            image = Image.from_array(pixels[:, index], image.path, modality=image.modality)
        return Study(study.id, study.subject, study.domain, images=(image,))

    def _overlay(self, region: Region, axis: Axis, index: int) -> Json:
        told = to_plain(Region(region.name, region.kind, region.image, region.box, None, region.points))
        told |= {"score": region.score, "text": region.text, "attributes": dict(region.attributes)}
        if region.mask is not None:
            told["mask"] = to_plain(Mask.from_array(mask_plane(region.mask, axis, index)))
        return {key: value for key, value in told.items() if value is not None}

    def _start_embedding(self) -> None:
        """Begin to embed the collection, once; the first few Studies are done when this comes back."""
        likeness = self._ready(self._likeness)
        with self._lock:
            if self._embedding is None:
                self._embedding = threading.Thread(
                    target=likeness.work, args=(self.model,), daemon=True, name="likeness"
                )
                self._embedding.start()
        while likeness.done == 0 and self._embedding.is_alive():
            self._embedding.join(0.05)

    def _about_model(self) -> Json:
        model = self.model
        share = self._likeness.share if self._likeness is not None else 0.0
        told: Json = {"name": model.name, "state": model.state, "verbs": model.verbs, "known": model.known}
        return told | {"error": model.error, "embedded": share}

    def _ready(self, part: Any) -> Any:
        if part is not None:
            return part
        if self.error is not None:
            raise self.error
        raise UsageError("the collection is still being read", hint="ask again in a moment")

    def _read(self, open_it: Callable[[], Collection], corrections: Path | None) -> None:
        try:
            collection = open_it()
            studies, root = collection.studies, collection.root
            shown = studies.outlines() if isinstance(studies, LineStudies) else studies
            worklist = Worklist(self._counted(shown), collection.header.splits.of)
            beside = corrections or root.with_name(f"{root.name}-corrected")
            self._corrections = Corrections(collection, beside)
            self._likeness = Likeness(studies, partial(within, root=root))
            self._collection, self._worklist = collection, worklist
            self.state = "ready"
        except PolyclinicError as error:
            self.state, self.error = "failed", error
        except OSError as error:
            self.state, self.error = "failed", ReadError(str(error))
        finally:
            self._there.set()

    def _counted(self, studies: Iterable[Study]) -> Iterator[Study]:
        for study in studies:
            yield study
            self.listed_so_far += 1

    def close(self) -> None:
        """Close the files that are kept open."""
        self.slides.close()

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until the collection is read, or could not be."""
        self._there.wait(timeout_s)


def _about(model: LoadingModel) -> Json:
    told = {"name": model.name, "system": model.system, "state": model.state, "verbs": model.verbs}
    return told | {"error": model.error, "phantom_trained": model.notice.phantom_trained}


def within(study: Study, root: Path) -> Study:
    """The Study, whose files lie in its collection.

    Raises:
        ReadError: a link leads out of it.
    """
    _check(tuple(files_of(study)), root)
    return study


@lru_cache(maxsize=4096)
def _check(files: tuple[str, ...], root: Path) -> None:
    """Ask once for each Study, not for each of its planes."""
    check_links(files, root)


def from_dicom(image: Image) -> bool:
    """Whether an image comes from DICOM files, which a segmentation can point at."""
    path = getattr(image.load, "path", None)
    if not isinstance(path, Path):
        return False
    return series.claims(path) or (path.is_file() and dicom.matches(read_head(path)))


def planes_from(masks: Mapping[int, Mask], shape: tuple[int, ...]) -> dict[int, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Planes of a correction as the page sends them, decoded.

    Args:
        shape: (y, x) of the image; nothing larger is ever decoded.

    Raises:
        UsageError: a mask of another size, or run lengths that do not fill it.
    """
    planes = {}
    for index, mask in masks.items():
        if tuple(mask.size) != tuple(shape):
            raise UsageError(f"plane {index}: expected a mask of {tuple(shape)}, got {tuple(mask.size)}")
        if min(mask.counts, default=-1) < 0 or sum(mask.counts) != shape[0] * shape[1]:
            raise UsageError(f"plane {index}: the run lengths do not fill {tuple(shape)}")
        planes[index] = mask.array()
    return planes
