"""Questions about a visit, with their answers, such that a question alone does not give its answer away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import Spec
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import Cluster
from polyclinic.phantom.language.lexicon import Lexicon, lexicon
from polyclinic.phantom.latents import Lesion, Visit
from polyclinic.study import Region, Turn

Box = tuple[float, ...]
# Chance that a topic is asked about, for each finding (or visit) that it could be asked of.
ASK_WHICH, ASK_WHERE, ASK_KINDS, ASK_NUMBER, ASK_SIZE, ASK_CHANGE = 0.5, 0.55, 0.25, 0.7, 0.5, 0.6
ASK_BOX, ASK_ORGAN, ASK_ATTRIBUTE, ASK_LARGER = 0.55, 0.45, 0.4, 0.5
CLEARLY_LARGER = 1.25
NEGATED = 0.2
# Topics of a Turn that have several kinds of question.
TOPICS = {"kinds": "count", "number": "count", "severity": "size", "diameter": "size"}


def ask_questions(
    spec: Spec, visit: Visit, regions: Sequence[Region], size: int, language: str, rng: np.random.Generator
) -> tuple[Turn, ...]:
    """Questions about one visit, their reference answers, and the places that the answers speak of.

    Whether a finding is present is asked twice where it is, and as often on average over patients where it
    is not, so that the wording of a question says nothing about its answer; this holds at the default
    prevalence. Findings that are not certain are never asked about.

    Args:
        regions: those of the visit's first image, lesions with their `key` attribute.
        size: pixels along each side of that image; boxes are cut to it.
        language: `en`, `zh` or `ar`.
        rng: used for what is asked and how it is worded; what is asked is the same in every language.

    Raises:
        UsageError: there are no phrases in this language.
    """
    lex = lexicon(language, spec.name)
    facts, words = Draws(rng), Draws(rng)
    asker = _Asker(spec, lex, visit, _boxes(regions, visit, size), facts, words)
    return tuple(turn for topic in asker.topics() for turn in topic)


def absent_rate(spec: Spec, name: str) -> float:
    """How many questions to ask of an absent finding for each one of a present finding.

    Visits where the finding is uncertain ask nothing, so the absent ones are fewer than one minus the present.
    """
    present = spec.prevalence[name]
    return present / (1.0 - present / (1.0 - Dials.uncertain))


def _boxes(regions: Sequence[Region], visit: Visit, size: int) -> list[tuple[Region, Lesion | None]]:
    """Each region of the first image reduced to name and box, cut to the image, beside the lesion it shows."""
    lesions = {lesion.key: lesion for lesion in visit.lesions}
    found = []
    for region in regions:
        if region.box is None or region.image != 0:
            continue
        box = tuple(min(max(float(edge), 0.0), float(size)) for edge in region.box)
        half = len(box) // 2
        if all(low < high for low, high in zip(box[:half], box[half:], strict=True)):
            lesion = lesions.get(int(region.attributes.get("key", 0))) if region.kind == "finding" else None
            found.append((Region(region.name, region.kind, box=box), lesion))
    return found


class _Asker:
    """Makes the turns of one visit, topic by topic."""

    def __init__(
        self,
        spec: Spec,
        lex: Lexicon,
        visit: Visit,
        boxes: list[tuple[Region, Lesion | None]],
        facts: Draws,
        words: Draws,
    ) -> None:
        self.spec, self.lex, self.visit, self.boxes = spec, lex, visit, boxes
        self.facts, self.words = facts, words
        doubtful = {lesion.name for lesion in visit.lesions if not lesion.certain}
        self.known = [name for name in spec.findings if name not in doubtful]
        self.sure = {
            name: Cluster(name, lesions, spec)
            for name in self.known
            if (lesions := tuple(lesion for lesion in visit.lesions if lesion.name == name))
        }
        self.whole = not doubtful

    def topics(self) -> Iterator[Iterator[Turn]]:
        yield from (self.presence(), self.which(), self.where(), self.count(), self.how_large())
        yield from (self.change(), self.in_box(), self.attribute(), self.larger())

    def open(self, topic: str, answer: str, the_name: str = "", evidence: tuple[Region, ...] = ()) -> Turn:
        question = self.words.pick(self.lex.ask[topic]).format(the_name=the_name, plural=the_name)
        return Turn(question, answer, topic=TOPICS.get(topic, topic), evidence=evidence, language=self.lex.language)

    def presence(self) -> Iterator[Turn]:
        yes, no = options = (self.lex.words["yes"], self.lex.words["no"])
        for name in self.known:
            present = name in self.sure
            phrasings = self.lex.terms[name].presence
            first = self._phrasing(phrasings)
            second = self._phrasing([other for other in phrasings if other != first])
            asked = (first, second) if present else (first,) * self.facts.chance(2.0 * absent_rate(self.spec, name))
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
        for name in self.spec.counted:
            cluster = self.sure.get(name)
            rate = ASK_NUMBER * (1.0 if cluster else absent_rate(self.spec, name))
            if self.facts.chance(rate) and name in self.known:
                number = str(len(cluster.lesions) if cluster else 0)
                evidence = self._evidence(cluster) if cluster else ()
                yield self.open("number", number, self.lex.terms[name].plural[0], evidence)

    def how_large(self) -> Iterator[Turn]:
        for name, cluster in self.sure.items():
            term, measured = self.lex.terms[name], self.facts.chance(0.5)
            if len(cluster.lesions) > 1 or not self.facts.chance(ASK_SIZE):
                continue
            lesion = cluster.largest
            size = self.spec.spoken(lesion.size_mm)
            topic, answer = "severity", term.shape.words["severity"][lesion.severity]
            if measured and term.shape.measured:
                topic, answer = "diameter", self.lex.words["diameter"].format(size=size)
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
        taken = {self.spec.organ_of.get(lesion.name) for lesion in self.visit.lesions}
        organs = [
            (box.box, self.lex.organs[box.name])
            for box, _ in self.boxes
            if box.kind == "organ" and box.name in self.lex.organs and box.name not in taken
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

    def attribute(self) -> Iterator[Turn]:
        """What a lesion is like."""
        for name, cluster in self.sure.items():
            lesion, term = cluster.largest, self.lex.terms[name]
            said = {**lesion.attributes, **({"margin": lesion.margin} if lesion.margin else {})}
            asked = [key for key in self.spec.asked if key in said]
            if len(cluster.lesions) > 1 or not asked:
                continue
            key = self.facts.pick(asked)
            if self.facts.chance(ASK_ATTRIBUTE):
                turn = self.open(f"{key}_of", term.shape.words[key][said[key]], term.the_name, self._evidence(cluster))
                yield replace(turn, topic=key)

    def larger(self) -> Iterator[Turn]:
        """Which of two lesions is the larger, where the answer is plain."""
        single = [group for group in self.sure.values() if len(group.lesions) == 1]
        measured = [group for group in single if self.lex.terms[group.name].shape.measured]
        if len(measured) < 2 or not self.spec.compared:
            return
        one, other = self.facts.shuffled(measured)[:2]
        sizes = sorted((one.largest.size_mm, other.largest.size_mm))
        if not self.facts.chance(ASK_LARGER) or sizes[1] < CLEARLY_LARGER * sizes[0]:
            return
        names = tuple(self.lex.terms[group.name].the_name for group in (one, other))
        question = self.words.pick(self.lex.ask["larger"]).format(one=names[0], other=names[1])
        answer = names[int(other.largest.size_mm > one.largest.size_mm)]
        evidence = self._evidence(one) + self._evidence(other)
        yield Turn(question, answer, "closed", names, "compare", evidence=evidence, language=self.lex.language)

    def _evidence(self, cluster: Cluster) -> tuple[Region, ...]:
        keys = {lesion.key for lesion in cluster.lesions}
        return tuple(box for box, lesion in self.boxes if lesion is not None and lesion.key in keys)
