"""What a domain brings: the protocol of `phantom/<name>/domain.py`, and the facts that the rest needs of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from polyclinic.errors import UsageError

if TYPE_CHECKING:
    from polyclinic.phantom.dials import Dials
    from polyclinic.phantom.language.draws import Draws
    from polyclinic.phantom.latents import Patient, Visit
    from polyclinic.phantom.picture import Picture

FOLDER = Path(__file__).parent
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Spec:
    """The facts of a domain that language, outcome and dials go by.

    Args:
        findings: in the order in which a report tells of them.
        prevalence: share of visits, at the default dials, in which a finding is present and certain;
            questions are balanced by it.
        hazard: what each mm of a finding adds to the logarithm of the outcome's rate.
        confounded: the finding that the site tells of when the confounder is turned up.
        several: findings that one phrase may name in the plural.
        counted: findings of which is asked how many there are.
        asked: attributes of a lesion that questions ask about.
        compared: whether a question may ask which of two lesions is the larger.
        aside, main: names for the two lists of what is absent; `main` is cut to two or three.
        clear: where none of these is there, the report may say so in one phrase.
        sides, zones: in the order in which places are listed.
        organ_of: findings that are an organ itself, which is then not asked about by a box.
        outcome: what the time runs to.
        per_mm, step: sizes are spoken of in units of 1 / `per_mm` mm, in whole steps.
    """

    name: str
    findings: Keys
    prevalence: Mapping[str, float]
    hazard: Mapping[str, float]
    confounded: str
    several: Keys = ()
    counted: Keys = ()
    asked: Keys = ()
    compared: bool = False
    aside: Keys = ()
    main: Keys = ()
    clear: Keys = ()
    sides: Keys = ("right", "left")
    zones: Keys = ("upper", "middle", "lower")
    organ_of: Mapping[str, str] = field(default_factory=dict)
    outcome: str = "death"
    per_mm: int = 1
    step: int = 5

    def spoken(self, size_mm: float) -> int:
        """A size as it is spoken of: whole steps, never none.

        Example:
            >>> chest = load_domain("chest").SPEC
            >>> chest.spoken(12.4), chest.spoken(1.0)
            (10, 5)
        """
        return max(self.step, self.step * round(size_mm * self.per_mm / self.step))


class Domain(Protocol):
    """What the module `domain` in a domain's folder holds; each function depends on its arguments alone."""

    SPEC: Spec

    def sample_patient(self, seed: int, index: int, dials: Dials | None = None) -> Patient[Any]:
        """All latents of one patient."""

    def renderer(self, seed: int, patient: Patient[Any], dials: Dials) -> Callable[[Visit], Picture]:
        """What draws a visit of this patient: its images and the regions on them."""

    def remarks(self, patient: Patient[Any], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
        """Keys of the report's sentences that stand before the lesions, and of those at its end."""

    def labels(self, patient: Patient[Any]) -> dict[str, str | float | bool]:
        """What is known of every visit of the patient."""


def domain_names() -> Keys:
    """The domains that there are: each is a folder with a `domain.py`."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/domain.py")))


@cache
def load_domain(name: str) -> Domain:
    """The module of a domain.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in domain_names():
        raise UsageError(f"no phantom of {name!r}", hint=f"there are: {', '.join(domain_names())}")
    return cast("Domain", importlib.import_module(f"polyclinic.phantom.{name}.domain"))
