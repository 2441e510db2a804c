"""Questions about a visit, with their answers, such that a question alone does not give its answer away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import Cluster, rounded_mm
from polyclinic.phantom.language.lexicon import Lexicon, lexicon
from polyclinic.phantom.latents import FINDINGS, Lesion, Patient, Visit
from polyclinic.phantom.patients import PREVALENCE
from polyclinic.study import Region, Turn

Box = tuple[float, ...]
# Chance that a topic is asked about, for each finding (or visit) that it could be asked of.
ASK_WHICH, ASK_WHERE, ASK_KINDS, ASK_NODULES, ASK_SIZE, ASK_CHANGE = 0.5, 0.55, 0.25, 0.7, 0.5, 0.6
ASK_BOX, ASK_ORGAN = 0.55, 0.45
NEGATED = 0.2
# Topics of a Turn that have several kinds of question.
TOPICS = {"kinds": "count", "nodules": "count", "severity": "size", "diameter": "size"}


def ask_questions(
    patient: Patient, visit: Visit, regions: Sequence[Region], size: int, language: str, rng: np.random.Generator
) -> tuple[Turn, ...]:
    """Questions about one visit, their reference answers, and the places that the answers speak of.

    Whether a finding is present is asked twice where it is, and as often on average over patients where it
    is not, so that the wording of a question says nothing about its answer; this holds at the default
    prevalence. Findings that are not certain are never asked about.

    Args:
        patient: whose visit it is; the answers follow from the visit.
        regions: those of the visit's frontal image, lesions with their `key` attribute.
        size: pixels along each side of that image; boxes are cut to it.
        language: `en`, `zh` or `ar`.
        rng: used for what is asked and how it is worded; what is asked is the same in every language.

    Raises:
        UsageError: there are no phrases in this language.
    """
    lex = lexicon(language)
    facts, words = Draws(rng), Draws(rng)
    asker = _Asker(lex, visit, _boxes(regions, visit, size), facts, words)
    return tuple(turn for topic in asker.topics() for turn in topic)


@cache
def absent_rate(name: str) -> float:
    """How many questions to ask of an absent finding for each one of a present finding.

    Visits where the finding is uncertain ask nothing, so the absent ones are fewer than one minus the present.
    """
    present = PREVALENCE[name]
    return present / (1.0 - present / (1.0 - Dials().uncertain))


def _boxes(regions: Sequence[Region], visit: Visit, size: int) -> list[tuple[Region, Lesion | None]]:
    """Each frontal region reduced to name and box, cut to the image, beside the lesion it shows."""
    lesions = {lesion.key: lesion for lesion in visit.lesions}
    found = []
    for region in regions:
        if region.box is None or len(region.box) != 4 or region.image != 0:
            continue
        x0, y0, x1, y1 = (min(max(float(edge), 0.0), float(size)) for edge in region.box)
        if x1 > x0 and y1 > y0:
            lesion = lesions.get(int(region.attributes.get("key", 0))) if region.kind == "finding" else None
            found.append((Region(region.name, region.kind, box=(x0, y0, x1, y1)), lesion))
    return found


class _Asker:
    """Makes the turns of one visit, topic by topic."""

    def __init__(
        self, lex: Lexicon, visit: Visit, boxes: list[tuple[Region, Lesion | None]], facts: Draws, words: Draws
    ) -> None:
        self.lex, self.visit, self.boxes, self.facts, self.words = lex, visit, boxes, facts, words
        doubtful = {lesion.name for lesion in visit.lesions if not lesion.certain}
        self.known = [name for name in FINDINGS if name not in doubtful]
        self.sure = {
            name: Cluster(name, lesions)
            for name in self.known
            if (lesions := tuple(lesion for lesion in visit.lesions if lesion.name == name))
        }
        self.whole = not doubtful

    def topics(self) -> Iterator[Iterator[Turn]]:
        yield from (self.presence(), self.which(), self.where(), self.count(), self.how_large())
        yield from (self.change(), self.in_box())

    def open(self, topic: str, answer: str, the_name: str = "", evidence: tuple[Region, ...] = ()) -> Turn:
        question = self.words.pick(self.lex.ask[topic]).format(the_name=the_name)
        return Turn(question, answer, topic=TOPICS.get(topic, topic), evidence=evidence, language=self.lex.language)

    def presence(self) -> Iterator[Turn]:
        yes, no = options = (self.lex.words["yes"], self.lex.words["no"])
        for name in self.known:
            present = name in self.sure
            phrasings = self.lex.terms[name].presence
            first = self._phrasing(phrasings)
            second = self._phrasing([other for other in phrasings if other != first])
            asked = (first, second) if present else (first,) * self.facts.chance(2.0 * absent_rate(name))
            for question, negated in asked:
                answer = yes if present != negated else no
                yield Turn(question, answer, "closed", options, "presence", language=self.lex.language)

    def _phrasing(self, phrasings: Sequence[tuple[str, bool]]) -> tuple[str, bool]:
        """One way to ask, negated (`Is the chest free of ...`) as rarely as people ask so."""
        negated = self.words.chance(NEGATED)
        return self.words.pick([phrasing for phrasing in phrasings if phrasing[1] == negated])

    def which(self) -> Iterator[Turn]:
        if self.facts.chance(ASK_WHICH) and self.whole:
            names = [self.lex.terms[name].name for name in self.sure]
            yield self.open("which", self.lex.join(names, "and") if names else self.lex.words["nothing"])

    def where(self) -> Iterator[Turn]:
        for name, cluster in self.sure.items():
            if cluster.places and self.facts.chance(ASK_WHERE):
                answer = self.lex.join([self.lex.places[key] for key in cluster.places], "and")
                yield self.open("where", answer, self.lex.terms[name].the_name, self._evidence(cluster))

    def count(self) -> Iterator[Turn]:
        if self.facts.chance(ASK_KINDS) and self.whole:
            yield self.open("kinds", str(len(self.sure)))
        cluster = self.sure.get("nodule")
        rate = ASK_NODULES * (1.0 if cluster else absent_rate("nodule"))
        if self.facts.chance(rate) and "nodule" in self.known:
            number = len(cluster.lesions) if cluster else 0
            yield self.open("nodules", str(number), evidence=self._evidence(cluster) if cluster else ())

    def how_large(self) -> Iterator[Turn]:
        for name, cluster in self.sure.items():
            term, measured = self.lex.terms[name], self.facts.chance(0.5)
            if len(cluster.lesions) > 1 or not self.facts.chance(ASK_SIZE):
                continue
            lesion = cluster.largest
            topic, answer = "severity", term.shape.severity[lesion.severity]
            if measured and term.shape_name == "focal":
                topic, answer = "diameter", self.lex.words["diameter"].format(size=rounded_mm(lesion.size_mm))
            yield self.open(topic, answer, term.the_name, self._evidence(cluster))

    def change(self) -> Iterator[Turn]:
        if self.visit.index == 0:
            return
        told = [*self.visit.lesions, *self.visit.resolved]
        names = [lesion.name for lesion in told]
        options = tuple(self.lex.changes.values())
        for lesion in told:
            alone = names.count(lesion.name) == 1 and lesion.certain and lesion.change is not None
            if self.facts.chance(ASK_CHANGE) and alone:
                wording = self.words.pick(self.lex.ask["change"])
                question = wording.format(the_name=self.lex.terms[lesion.name].the_name)
                answer = self.lex.changes[lesion.change or "same"]
                yield Turn(question, answer, "closed", options, "change", language=self.lex.language, prior=True)

    def in_box(self) -> Iterator[Turn]:
        """One organ at most, and lesions; the box that is asked about carries no name."""
        large_heart = any(lesion.name == "cardiomegaly" for lesion in self.visit.lesions)
        organs = [
            (box.box, self.lex.organs[box.name])
            for box, _ in self.boxes
            if box.kind == "organ" and box.name in self.lex.organs and not (box.name == "heart" and large_heart)
        ]
        asked = [self.facts.pick(organs)] if organs and self.facts.chance(ASK_ORGAN) else []
        asked += [
            (box.box, self.lex.terms[lesion.name].name)
            for box, lesion in self.boxes
            if lesion is not None and self.facts.chance(ASK_BOX) and lesion.certain
        ]
        for place, answer in asked:
            question = self.words.pick(self.lex.ask["region"])
            marked = (Region("box", box=place),)
            yield Turn(question, answer, topic="region", regions=marked, language=self.lex.language)

    def _evidence(self, cluster: Cluster) -> tuple[Region, ...]:
        keys = {lesion.key for lesion in cluster.lesions}
        return tuple(box for box, lesion in self.boxes if lesion is not None and lesion.key in keys)
