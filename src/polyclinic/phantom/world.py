"""The phantom: patients as a pure function of domain, seed and index, with everything known about them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from polyclinic.errors import UsageError
from polyclinic.phantom.chest import Chest
from polyclinic.phantom.dials import LANGUAGE_WEIGHTS, Dials, View
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language import ask_questions, write_report
from polyclinic.phantom.latents import FINDINGS, Lesion, Patient, Visit
from polyclinic.phantom.patients import sample_patient
from polyclinic.phantom.projection import FIELD_MM, Projection, grid, project
from polyclinic.phantom.radiograph import collimate, expose
from polyclinic.phantom.regions import regions
from polyclinic.phantom.volume import Volume, rasterise
from polyclinic.study import Finding, Image, Outcome, Region, Source, Study

DOMAINS = ("chest",)
LICENCE = "Apache-2.0"
FOLLOWED_DAYS = 1800.0
# A film of 128 pixels has no fine detail to tell a lesion by: its density makes up for that.
FILM_EMPHASIS = 2.0
HAZARD = {"mass": 0.022, "effusion": 0.006, "pneumonia": 0.006, "cardiomegaly": 0.003, "nodule": 0.01}


@dataclass(frozen=True)
class Phantom:
    """A world of phantom patients.

    Args:
        domain: what is imaged; one of `DOMAINS`.
        seed: which world; another seed has other patients.

    Example:
        >>> study = Phantom("chest", seed=7).studies(0)[0]
        >>> study.subject, study.images[0].pixels.shape
        ('chest-7-000000', (1, 128, 128))
    """

    domain: str = "chest"
    seed: int = 0
    dials: Dials = field(default_factory=Dials)

    def __post_init__(self) -> None:
        if self.domain not in DOMAINS:
            raise UsageError(f"no phantom of {self.domain!r}", hint=f"there are: {', '.join(DOMAINS)}")
        if self.seed < 0:
            raise UsageError(f"expected a seed of 0 or more, got {self.seed}")

    @cached_property
    def source(self) -> Source:
        """Where every Study of this world says it comes from."""
        return Source(f"phantom {self.domain}", LICENCE)

    def patient(self, index: int) -> Patient:
        """All latents of one patient."""
        return sample_patient(self.seed, index, self.dials)

    def studies(self, index: int) -> tuple[Study, ...]:
        """The patient's Studies in order, with their pixels in memory."""
        patient = self.patient(index)
        chest = Chest.of(self.seed, patient, self.dials)
        outcome = self._outcome(patient)
        return tuple(self._study(chest, visit, outcome) for visit in patient.visits)

    def ct(self, index: int, visit: int = 0, spacing_mm: float = 4.0) -> Volume:
        """The CT of a patient at a visit, from the same anatomy as the films, with its labels."""
        patient = self.patient(index)
        if not 0 <= visit < len(patient.visits):
            raise UsageError(f"patient {index} has {len(patient.visits)} visits, got visit {visit}")
        chest = Chest.of(self.seed, patient, self.dials)
        return rasterise(chest.scene(patient.visits[visit]), spacing_mm)

    def _study(self, chest: Chest, visit: Visit, outcome: Outcome) -> Study:
        patient, dials = chest.patient, self.dials
        scene, pose = chest.scene(visit, FILM_EMPHASIS), chest.pose(visit)
        stands = {"frontal": scene, "lateral": scene.arms_raised()}
        views = {view: project(stands[view], grid(dials.size, view), pose) for view in dials.views}
        places = regions(scene, views["frontal"], visit.lesions)
        rng = stream(self.seed, patient.index, "text", visit.index)
        language = self._language(rng)
        habitus = patient.habitus
        return Study(
            id=f"{patient.id}-v{visit.index + 1}",
            subject=patient.id,
            domain=self.domain,
            images=tuple(self._image(chest, visit, view, seen) for view, seen in views.items()),
            report=write_report(patient, visit, language, rng),
            findings=tuple(_finding(name, visit, places) for name in FINDINGS),
            regions=places,
            turns=ask_questions(patient, visit, places, dials.size, language, rng),
            labels={
                "sex": habitus.sex,
                "age": habitus.age_years,
                "view": habitus.view,
                "site": f"site {habitus.site + 1}",
                "scanner": f"scanner {habitus.scanner + 1}",
            },
            outcome=replace(outcome, time_days=max(outcome.time_days - visit.time_days, 1.0)),
            source=self.source,
            prior=f"{patient.id}-v{visit.index}" if visit.index else None,
        )

    def _image(self, chest: Chest, visit: Visit, view: View, seen: Projection) -> Image:
        patient = chest.patient
        rng = stream(self.seed, patient.index, "film", visit.index, self.dials.views.index(view))
        film = collimate(expose(seen.thickness, patient.habitus, self.dials, rng, view), rng, self.dials.anatomy)
        return Image.from_array(
            film,
            f"images/{patient.id}-v{visit.index + 1}-{view}.png",
            modality="DX",
            view=patient.habitus.view if view == "frontal" else "LL",
            spacing_mm=(round(FIELD_MM / self.dials.size, 4),) * 2,
            time_days=visit.time_days,
        )

    def _language(self, rng: np.random.Generator) -> str:
        weights = np.cumsum([LANGUAGE_WEIGHTS[language] for language in self.dials.languages])
        return self.dials.languages[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]

    def _outcome(self, patient: Patient) -> Outcome:
        """Time to death or to the end of observation; the hazard follows what the films show."""
        rng = stream(self.seed, patient.index, "outcome")
        last = patient.visits[-1]
        burden = sum(HAZARD.get(lesion.name, 0.0) * lesion.size_mm for lesion in last.lesions)
        rate = 1e-4 * math.exp(burden + 0.03 * (patient.habitus.age_years - 54))
        life = last.time_days + rng.exponential(1.0 / rate)
        end = last.time_days + FOLLOWED_DAYS * (0.3 + 0.7 * rng.random())
        return Outcome(float(round(min(life, end))), bool(life <= end))


def _finding(name: str, visit: Visit, places: Sequence[Region]) -> Finding:
    """What is known of one finding at a visit; its region is that of the largest lesion, without the mask."""
    lesions = sorted((lesion for lesion in visit.lesions if lesion.name == name), key=lambda item: -item.size_mm)
    if not lesions:
        gone = any(lesion.name == name for lesion in visit.resolved)
        return Finding(name, False, change="resolved" if gone else None)
    largest = lesions[0]
    region = next((place for place in places if place.attributes.get("key") == largest.key), None)
    return Finding(
        name,
        True if any(lesion.certain for lesion in lesions) else None,
        region=replace(region, mask=None) if region else None,
        attributes=_attributes(largest, len(lesions)),
        change=largest.change,
    )


def _attributes(lesion: Lesion, count: int) -> dict[str, str | float]:
    known = {"side": lesion.side, "zone": lesion.zone, "margin": lesion.margin}
    said: dict[str, str | float] = {name: value for name, value in known.items() if value is not None}
    return {**said, "size_mm": lesion.size_mm, "severity": lesion.severity, "count": count}
