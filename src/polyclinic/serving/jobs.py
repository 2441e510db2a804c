"""What a worker is asked, and how it does it: requests of one verb joined into one call of the model.

Everything here is plain JSON with paths of images, so that it can cross to another process. Which fields must agree
for requests to be joined is said once, in `SHARED`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from polyclinic.curate.slices import slices
from polyclinic.errors import PolyclinicError, UnsupportedError, UsageError
from polyclinic.readers import read_image
from polyclinic.replies import (
    SMALLEST_SCORE,
    answered,
    at_risk,
    decoded,
    embedded,
    explained,
    forecasted,
    found_regions,
    generated,
    reported,
    segmented,
)
from polyclinic.study import Region, Study
from polyclinic.verbs import PROTOCOLS, Ask, provided, takes_volumes

Json = dict[str, Any]
SHARED: dict[str, tuple[str, ...]] = {"classify": ("names",), "report": ("language",)}


@dataclass(frozen=True)
class Job:
    """One request.

    Args:
        item: the request's fields without its images.
        image: path of an image that the server itself has put there; None where a text is asked about.
        prior: the same, of an earlier visit.
    """

    verb: str
    item: Json = field(default_factory=dict)
    image: str | None = None
    prior: str | None = None

    @property
    def group(self) -> tuple[str, ...]:
        """Jobs of equal groups may be joined."""
        by_kind = (str(self.image is None),) if self.verb == "embed" else ()
        return (self.verb, *by_kind, *(repr(self.item.get(name)) for name in SHARED.get(self.verb, ())))

    def study(self) -> Study:
        """The images as a Study; pixels are read when the model asks for them."""
        if self.image is None:
            raise UsageError("there is no image", hint="send one as base64 data or as an upload")
        study = Study(id="image", subject="image", images=(read_image(Path(self.image)),))
        if self.prior is None:
            return study
        return study.with_prior(Study(id="prior", subject="image", images=(read_image(Path(self.prior)),)))

    def history(self) -> list[Study]:
        """The visits so far, the first one at day 0."""
        visits = [path for path in (self.prior, self.image) if path is not None]
        days = (0.0, float(self.item.get("since_prior_days", 0.0)))
        images = [replace(read_image(Path(path)), time_days=day) for path, day in zip(visits, days, strict=False)]
        return [Study(id=f"visit-{number}", subject="image", images=(image,)) for number, image in enumerate(images, 1)]


def perform(model: Any, jobs: Sequence[Job]) -> list[Json]:
    """Do jobs of one group: `{"result": ...}` or `{"error": ...}` for each.

    Where the joined call fails, each is done alone, so that one bad image spoils no other request.
    """
    try:
        return [{"result": result} for result in _together(model, jobs)]
    except Exception as error:  # a model may raise anything; the worker has to live on
        if len(jobs) == 1:
            return [{"error": _told(error, jobs[0])}]
        return [outcome for job in jobs for outcome in perform(model, [job])]


def _together(model: Any, jobs: Sequence[Job]) -> list[Any]:
    verb = jobs[0].verb
    if verb not in DOERS or not isinstance(model, PROTOCOLS[verb]):
        able = ", ".join(name for name in provided(model) if name in DOERS)
        raise UnsupportedError(f"this model does not provide {verb!r}", hint=f"it provides {able}")
    return list(DOERS[verb](model, jobs))


def _told(error: Exception, job: Job) -> Json:
    """An error without the server's own paths; of a bug, its class alone, as its text may quote the request."""
    if not isinstance(error, PolyclinicError):
        return {"kind": "failure", "message": f"the model failed ({type(error).__name__})", "hint": None}
    message = str(error)
    for path, name in ((job.image, "the image"), (job.prior, "the prior image")):
        message = message.replace(path, name) if path else message
    kind = "unsupported" if isinstance(error, UnsupportedError) else "request"
    return {"kind": kind, "message": message, "hint": error.hint}


def studies_of(jobs: Sequence[Job]) -> list[Study]:
    """A Study for each job; jobs with the same images share one, which a model then has to look at only once."""
    shared: dict[tuple[bytes, ...], Study] = {}
    return [shared.setdefault(_content(job), job.study()) for job in jobs]


def _content(job: Job) -> tuple[bytes, ...]:
    held = (Path(path) for path in (job.image, job.prior) if path is not None)
    return tuple(hashlib.sha256(path.read_bytes()).digest() for path in held)


def _answer(model: Any, jobs: Sequence[Job]) -> list[Json]:
    asks = [
        Ask(
            study,
            job.item["question"],
            history=tuple((str(question), str(answer)) for question, answer in job.item.get("history", ())),
            regions=(Region("", box=tuple(box)),) if (box := job.item.get("region")) else (),
            options=tuple(job.item.get("options", ())),
        )
        for job, study in zip(jobs, studies_of(jobs), strict=True)
    ]
    return [answered(answer) for answer in model.answer(asks)]


def _report(model: Any, jobs: Sequence[Job]) -> list[Json]:
    studies = [job.study() for job in jobs]
    return [reported(report) for report in model.report(studies, jobs[0].item.get("language", "en"))]


def _segment(model: Any, jobs: Sequence[Job]) -> list[Json]:
    """All planes of all jobs in one call; whole volumes for a model that takes them."""
    whole = takes_volumes(model)
    planes = [[job.study()] if whole else slices(job.study(), every=True) for job in jobs]
    prompts = [job.item.get("prompts", ()) for job, held in zip(jobs, planes, strict=True) for _ in held]
    found = iter(model.segment([plane for held in planes for plane in held], prompts))
    return [segmented([next(found) for _ in held]) for held in planes]


def _find(model: Any, jobs: Sequence[Job]) -> list[Json]:
    phrases = [job.item["phrase"] for job in jobs]
    found = model.find([job.study() for job in jobs], phrases)
    scores = [job.item.get("score", SMALLEST_SCORE) for job in jobs]
    return [found_regions(*row) for row in zip(phrases, found, scores, strict=True)]


def _classify(model: Any, jobs: Sequence[Job]) -> list[Json]:
    names: list[str] = jobs[0].item.get("names") or list(getattr(model, "known_classes", ()))
    if not names:
        raise UsageError("this model knows no names of its own", hint="give the names to look for")
    return [dict(scores) for scores in model.classify([job.study() for job in jobs], names)]


def _risk(model: Any, jobs: Sequence[Job]) -> list[Json]:
    return [at_risk(risk) for risk in model.risk([job.study() for job in jobs])]


def _explain(model: Any, jobs: Sequence[Job]) -> list[Json]:
    targets = [job.item["target"] for job in jobs]
    return [explained(found) for found in model.explain([job.study() for job in jobs], targets)]


def _embed(model: Any, jobs: Sequence[Job]) -> list[list[Json]]:
    """Images or texts; a group holds one kind only."""
    if jobs[0].image is None:
        texts = [job.item["text"] for job in jobs]
        return [[embedded(text, vector)] for text, vector in zip(texts, model.embed_texts(texts), strict=True)]
    return [[embedded("image", vector)] for vector in model.embed_images([job.study() for job in jobs])]


def _generate(model: Any, jobs: Sequence[Job]) -> list[Json]:
    """Each has a prompt of its own, a text or an image."""
    asked = [
        (job.item.get("prompt") or job.study().images[0], job.item.get("n", 1), job.item.get("seed", 0)) for job in jobs
    ]
    return [generated(model.generate(*row)) for row in asked]


def _forecast(model: Any, jobs: Sequence[Job]) -> list[Json]:
    """The last visit is at day 0 where it is the only one, else so long after the prior one."""
    histories = [job.history() for job in jobs]
    ahead = [float(job.item["in_days"]) for job in jobs]
    last = [history[-1].images[0].time_days or 0.0 for history in histories]
    found = model.forecast(histories, [day + more for day, more in zip(last, ahead, strict=True)])
    return [forecasted(*row) for row in zip(found, ahead, strict=True)]


def _decode(model: Any, jobs: Sequence[Job]) -> list[Json]:
    return [decoded(found) for found in model.decode([np.array(job.item["signal"], np.float32) for job in jobs])]


DOERS: dict[str, Callable[[Any, Sequence[Job]], Sequence[Any]]] = {
    "answer": _answer,
    "report": _report,
    "segment": _segment,
    "find": _find,
    "classify": _classify,
    "risk": _risk,
    "explain": _explain,
    "embed": _embed,
    "generate": _generate,
    "forecast": _forecast,
    "decode": _decode,
}
