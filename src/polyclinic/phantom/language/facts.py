"""What a report or a question says about a visit, before it is put into words of any language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.latents import FINDINGS, Habitus, Lesion, Patient, Visit
from polyclinic.study import Change

PLEURAL = ("pneumothorax", "effusion")
LUNG = ("atelectasis", "infiltration", "mass", "nodule", "pneumonia")
SEVERAL = ("nodule", "effusion")  # findings that one phrase may name in the plural
STEP_MM = 5


@dataclass(frozen=True)
class Cluster:
    """Lesions of one name that one sentence tells of."""

    name: str
    lesions: tuple[Lesion, ...]

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
        """Keys of the places, right before left and upper before lower, each once."""
        keys = dict.fromkeys(place_key(lesion) for lesion in sorted(self.lesions, key=_place_order))
        if set(keys) == {"right", "left"}:
            return ("both",)
        return tuple(key for key in keys if key)


@dataclass(frozen=True)
class Facts:
    """Everything that a report states.

    Args:
        anatomy: keys of incidental anatomy that is said before the lesions.
        heart: key of the sentence on a heart that is not enlarged; None where a lesion speaks of it.
        late: keys of incidental anatomy that is said at the end.
        absent: each tuple is one negated list of names.
        gone: lesions of the previous visit that have resolved.
    """

    has_prior: bool
    anatomy: tuple[str, ...]
    heart: str | None
    late: tuple[str, ...]
    lungs_clear: bool
    clusters: tuple[Cluster, ...]
    gone: tuple[Lesion, ...]
    absent: tuple[tuple[str, ...], ...]


def choose_facts(patient: Patient, visit: Visit, draws: Draws) -> Facts:
    """What the report of this visit states, the same for every language."""
    named = {lesion.name for lesion in visit.lesions}
    gone = tuple(lesion for lesion in visit.resolved if lesion.certain)
    free = [name for name in FINDINGS if name not in named and name not in {lesion.name for lesion in gone}]
    clusters = cluster(visit.lesions)
    early, late = _anatomy(patient.habitus, draws)
    return Facts(
        has_prior=visit.index > 0,
        anatomy=early,
        heart=None if "cardiomegaly" in named else _heart(patient.habitus),
        late=late,
        lungs_clear=draws.chance(0.7 if clusters else 1.0) and not named & set(LUNG),
        clusters=clusters,
        gone=gone,
        absent=_absent(free, len(clusters), draws),
    )


def cluster(lesions: Sequence[Lesion]) -> tuple[Cluster, ...]:
    """Group lesions that one sentence can tell of: same name, certainty and change, and a plural to name them.

    Clusters stand in the order of `FINDINGS`.
    """
    groups: dict[tuple[object, ...], list[Lesion]] = {}
    for lesion in sorted(lesions, key=lambda lesion: (FINDINGS.index(lesion.name), lesion.key)):
        apart = None if lesion.name in SEVERAL and lesion.certain else lesion.key
        groups.setdefault((lesion.name, lesion.certain, lesion.change, apart), []).append(lesion)
    return tuple(Cluster(group[0].name, tuple(group)) for group in groups.values())


def place_key(lesion: Lesion) -> str:
    """Key of the lesion's place among a language's places; empty for a finding without a side.

    Example:
        >>> from polyclinic.phantom.latents import Lesion
        >>> place_key(Lesion(1, "nodule", "left", "upper", 12.0, "small", 0.8, "smooth"))
        'left-upper'
    """
    return "-".join(part for part in (lesion.side, lesion.zone) if part)


def rounded_mm(size_mm: float) -> int:
    """The size as it is spoken of: whole steps of five millimetres, never none.

    Example:
        >>> rounded_mm(12.4), rounded_mm(1.0)
        (10, 5)
    """
    return max(STEP_MM, STEP_MM * round(size_mm / STEP_MM))


def _place_order(lesion: Lesion) -> tuple[bool, int]:
    return lesion.side == "left", ("upper", "middle", "lower").index(lesion.zone) if lesion.zone else 0


def _heart(habitus: Habitus) -> str:
    ratio = habitus.cardiothoracic_ratio
    return "heart_upper" if ratio > 0.465 else "heart_small" if ratio < 0.41 else "heart_normal"


def _anatomy(habitus: Habitus, draws: Draws) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is said of the chest as such, when it stands out and the reader troubles to say it."""
    early = [
        ("ap", habitus.view == "AP"),
        ("lungs_low", habitus.inspiration < 0.35),
        ("lungs_deep", habitus.inspiration > 0.93),
    ]
    late = [
        ("aorta", habitus.aorta > 0.5),
        ("spine_left", habitus.scoliosis_mm > 9.0),
        ("spine_right", habitus.scoliosis_mm < -9.0),
    ]
    said = [tuple(key for key, true in part if draws.chance(0.9) and true) for part in (early, late)]
    return said[0], said[1]


def _absent(free: Sequence[str], told: int, draws: Draws) -> tuple[tuple[str, ...], ...]:
    """One negated list about the pleura and one about the lungs, the fewer the more lesions there are to tell of."""
    pleura = tuple(name for name in draws.shuffled(PLEURAL) if name in free)
    lungs = tuple(name for name in draws.shuffled(LUNG) if name in free)[: 2 + draws.chance(0.4)]
    briefly = draws.uniform()
    lists = [pleura if told < 2 + 4 * briefly else (), lungs if told < 1 + 3 * briefly else ()]
    return tuple(names for names in lists if names)
