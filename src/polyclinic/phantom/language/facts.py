"""What a report or a question says about a visit, before it is put into words of any language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from polyclinic.phantom.domain import Domain, Spec
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.latents import Lesion, Patient, Visit
from polyclinic.study import Change


@dataclass(frozen=True)
class Cluster:
    """Lesions of one name that one sentence tells of."""

    name: str
    lesions: tuple[Lesion, ...]
    spec: Spec

    @property
    def certain(self) -> bool:
        """False where the sentence is hedged."""
        return self.lesions[0].certain

    @property
    def change(self) -> Change | None:
        """What all of them have done since the previous visit."""
        return self.lesions[0].change

    @property
    def largest(self) -> Lesion:
        """The lesion whose size the sentence gives."""
        return max(self.lesions, key=lambda lesion: lesion.size_mm)

    @property
    def side(self) -> str:
        """`right`, `left` or `both`; empty for a finding without a side."""
        sides = {lesion.side or "" for lesion in self.lesions}
        return "both" if len(sides) > 1 else sides.pop()

    @property
    def places(self) -> tuple[str, ...]:
        """Keys of the places in the domain's order, each once."""
        keys = dict.fromkeys(lesion.place for lesion in sorted(self.lesions, key=self._place_order))
        if set(keys) == {"right", "left"}:
            return ("both",)
        return tuple(key for key in keys if key)

    def _place_order(self, lesion: Lesion) -> tuple[int, int]:
        spec = self.spec
        return (
            spec.sides.index(lesion.side) if lesion.side else 0,
            spec.zones.index(lesion.zone) if lesion.zone else 0,
        )


@dataclass(frozen=True)
class Facts:
    """Everything that a report states.

    Args:
        early: keys of what is said before the lesions.
        late: keys of what is said at the end.
        clear: whether everything in `Spec.clear` is denied in one phrase.
        absent: each tuple is one negated list of names.
        gone: lesions of the previous visit that have resolved.
    """

    has_prior: bool
    early: tuple[str, ...]
    late: tuple[str, ...]
    clear: bool
    clusters: tuple[Cluster, ...]
    gone: tuple[Lesion, ...]
    absent: tuple[tuple[str, ...], ...]


def choose_facts(domain: Domain, patient: Patient[Any], visit: Visit, draws: Draws) -> Facts:
    """What the report of this visit states, the same for every language."""
    spec = domain.SPEC
    named = {lesion.name for lesion in visit.lesions}
    gone = tuple(lesion for lesion in visit.resolved if lesion.certain)
    free = [name for name in spec.findings if name not in named and name not in {lesion.name for lesion in gone}]
    clusters = cluster(visit.lesions, spec)
    early, late = domain.remarks(patient, visit, draws)
    return Facts(
        has_prior=visit.index > 0,
        early=early,
        late=late,
        clear=draws.chance(0.7 if clusters else 1.0) and bool(spec.clear) and not named & set(spec.clear),
        clusters=clusters,
        gone=gone,
        absent=_absent(spec, free, len(clusters), draws),
    )


def said_of(patient: Patient[Any], names: Sequence[str], draws: Draws) -> tuple[str, ...]:
    """Keys of sentences such as `eye_left` on the domain's own values, most of which the reader troubles to say."""
    return tuple(f"{name}_{patient.person.own[name]}" for name in names if draws.chance(0.9))


def cluster(lesions: Sequence[Lesion], spec: Spec) -> tuple[Cluster, ...]:
    """Group lesions that one sentence can tell of: same name, certainty and change, and a plural to name them.

    Clusters stand in the order of `Spec.findings`.
    """
    groups: dict[tuple[object, ...], list[Lesion]] = {}
    for lesion in sorted(lesions, key=lambda lesion: (spec.findings.index(lesion.name), lesion.key)):
        apart = None if lesion.name in spec.several and lesion.certain else lesion.key
        groups.setdefault((lesion.name, lesion.certain, lesion.change, apart), []).append(lesion)
    return tuple(Cluster(group[0].name, tuple(group), spec) for group in groups.values())


def _absent(spec: Spec, free: Sequence[str], told: int, draws: Draws) -> tuple[tuple[str, ...], ...]:
    """A negated list of what lies aside and one of main findings, the fewer the more lesions are told of."""
    aside = tuple(name for name in draws.shuffled(spec.aside) if name in free)
    main = tuple(name for name in draws.shuffled(spec.main) if name in free)[: 2 + draws.chance(0.4)]
    briefly = draws.uniform()
    lists = [aside if told < 2 + 4 * briefly else (), main if told < 1 + 3 * briefly else ()]
    return tuple(names for names in lists if names)
