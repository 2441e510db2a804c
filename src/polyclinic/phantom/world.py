"""The phantom: patients as a pure function of domain, seed and index, with everything known about them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from polyclinic.errors import UsageError
from polyclinic.phantom.annotator import annotated
from polyclinic.phantom.dials import LANGUAGE_WEIGHTS, Dials
from polyclinic.phantom.domain import Domain, load_domain
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language import ask_questions, write_report
from polyclinic.phantom.latents import Lesion, Patient, Visit
from polyclinic.phantom.picture import Picture
from polyclinic.study import Finding, Outcome, Region, Source, Study

if TYPE_CHECKING:
    from polyclinic.phantom.chest.volume import Volume

LICENCE = "Apache-2.0"
FOLLOWED_DAYS = 1800.0
USUAL_AGE_YEARS = 54


@dataclass(frozen=True)
class Phantom:
    """A world of phantom patients.

    Args:
        domain: what is imaged; one of `domain_names()`.
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
        load_domain(self.domain)
        if self.dials.fields > 1 and self.domain != "histology":
            raise UsageError(f"a phantom {self.domain} has no slides", hint="leave fields at 1, or take histology")
        if self.seed < 0:
            raise UsageError(f"expected a seed of 0 or more, got {self.seed}")

    @cached_property
    def source(self) -> Source:
        """Where every Study of this world says it comes from."""
        return Source(f"phantom {self.domain}", LICENCE)

    @property
    def _domain(self) -> Domain:
        return load_domain(self.domain)

    def patient(self, index: int) -> Patient[Any]:
        """All latents of one patient."""
        return self._domain.sample_patient(self.seed, index, self.dials)

    def studies(self, index: int) -> tuple[Study, ...]:
        """The patient's Studies in order, with their pixels in memory."""
        return tuple(study for study, _ in self.seen(index))

    def seen(self, index: int) -> Iterator[tuple[Study, Picture]]:
        """The patient's Studies in order, each with its Picture, which holds the signals that the Study names."""
        patient = self.patient(index)
        render = self._domain.renderer(self.seed, patient, self.dials)
        outcome = self._outcome(patient)
        for visit in patient.visits:
            picture = render(visit)
            yield self._study(patient, visit, picture, outcome), picture

    def ct(self, index: int, visit: int = 0, spacing_mm: float = 4.0) -> Volume:
        """The CT of a chest at a visit, from the same anatomy as the films, with its labels.

        Raises:
            UsageError: another domain, or no such visit.
        """
        if self.domain != "chest":
            raise UsageError(f"a phantom {self.domain} has no CT beside its pictures", hint="only chest has")
        from polyclinic.phantom.chest.domain import ct

        return ct(self.seed, self.patient(index), self.dials, visit, spacing_mm)

    def _study(self, patient: Patient[Any], visit: Visit, seen: Picture, outcome: Outcome) -> Study:
        domain, spec, dials = self._domain, self._domain.SPEC, self.dials
        rng = stream(self.seed, patient.index, "text", visit.index)
        language = self._language(rng)
        name = f"{patient.id}-v{visit.index + 1}"
        study = Study(
            id=name,
            subject=patient.id,
            domain=self.domain,
            images=seen.images,
            report=write_report(domain, patient, visit, language, rng),
            findings=tuple(_finding(name, visit, seen.regions) for name in spec.findings),
            regions=seen.regions,
            turns=ask_questions(spec, visit, seen.regions, dials.side, language, rng),
            labels={
                **domain.labels(patient),
                "site": f"site {patient.person.site + 1}",
                "scanner": f"scanner {patient.person.scanner + 1}",
            },
            outcome=replace(outcome, time_days=max(outcome.time_days - visit.time_days, 1.0)),
            signals={signal: f"signals/{name}-{signal}.npy" for signal in seen.signals},
            source=self.source,
            prior=f"{patient.id}-v{visit.index}" if visit.index else None,
        )
        return annotated(study, dials, stream(self.seed, patient.index, "annotator", visit.index))

    def _language(self, rng: np.random.Generator) -> str:
        weights = np.cumsum([LANGUAGE_WEIGHTS[language] for language in self.dials.languages])
        return self.dials.languages[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]

    def _outcome(self, patient: Patient[Any]) -> Outcome:
        """Time to the event or to the end of observation; the hazard follows what the pictures show.

        On a slide everything is so many times larger, and no more dangerous.
        """
        spec = self._domain.SPEC
        rng = stream(self.seed, patient.index, "outcome")
        last = patient.visits[-1]
        burden = sum(spec.hazard.get(lesion.name, 0.0) * lesion.size_mm for lesion in last.lesions)
        burden /= self.dials.fields
        age = USUAL_AGE_YEARS if patient.person.age_years is None else patient.person.age_years
        rate = 1e-4 * math.exp(burden + 0.03 * (age - USUAL_AGE_YEARS))
        life = last.time_days + rng.exponential(1.0 / rate)
        end = last.time_days + FOLLOWED_DAYS * (0.3 + 0.7 * rng.random())
        return Outcome(float(round(min(life, end))), bool(life <= end), spec.outcome)


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
    known = {"side": lesion.side, "zone": lesion.zone, "margin": lesion.margin, **lesion.attributes}
    said: dict[str, str | float] = {name: value for name, value in known.items() if value is not None}
    return {**said, "size_mm": lesion.size_mm, "severity": lesion.severity, "count": count}
