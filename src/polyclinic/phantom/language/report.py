"""Reports: the facts of a visit in sentences of one language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from polyclinic.phantom.domain import Domain, Spec
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.language.facts import Cluster, Facts, choose_facts
from polyclinic.phantom.language.lexicon import Lexicon, lexicon
from polyclinic.phantom.latents import Lesion, Patient, Visit
from polyclinic.study import Report

MANY = 3  # more sentences about lesions than this are kept brief


def write_report(
    domain: Domain, patient: Patient[Any], visit: Visit, language: str, rng: np.random.Generator
) -> Report:
    """The report of one visit: comparison, findings and impression.

    Every lesion is told of; some findings that are absent are negated; lesions that are not certain are
    hedged. What is stated follows from the patient and `rng` alone, so the languages agree on it.

    Args:
        language: `en`, `zh` or `ar`.
        rng: used for what is stated and how it is worded.

    Raises:
        UsageError: there are no phrases in this language.
    """
    lex = lexicon(language, domain.SPEC.name)
    facts = choose_facts(domain, patient, visit, Draws(rng))
    writer = _Writer(domain.SPEC, lex, Draws(rng))
    space = "" if language == "zh" else " "
    sections = {
        "comparison": lex.sentence(writer.say("prior" if facts.has_prior else "no_prior")),
        "findings": space.join(map(lex.sentence, writer.findings(facts))),
        "impression": space.join(map(lex.sentence, writer.impression(facts))),
    }
    return Report(sections, language)


class _Writer:
    """Words for facts; each method draws one of the phrases that say the same."""

    def __init__(self, spec: Spec, lex: Lexicon, draws: Draws) -> None:
        self.spec = spec
        self.lex = lex
        self.draws = draws

    def say(self, key: str, **slots: str) -> str:
        return self.draws.pick(self.lex.report[key]).format(**slots)

    def findings(self, facts: Facts) -> Iterator[str]:
        yield from map(self.say, facts.early)
        for cluster in facts.clusters:
            yield self.cluster(cluster, brief=len(facts.clusters) > MANY)
        for lesion in facts.gone:
            yield self.say("gone", np=self._phrase(Cluster(lesion.name, (lesion,), self.spec), brief=True)[0])
        if facts.clear:
            yield self.say("clear")
        for names in facts.absent:
            yield self.say("absent", list=self._negated(names))
        yield from map(self.say, facts.late)

    def impression(self, facts: Facts) -> Iterator[str]:
        for cluster in facts.clusters:
            yield self.say("finding" if cluster.certain else "maybe", np=self._short(cluster))
        if not facts.clusters:
            yield self.say("normal")
        elif not any(cluster.certain for cluster in facts.clusters):
            yield self.say("nothing_sure")

    def cluster(self, cluster: Cluster, brief: bool) -> str:
        """The sentence for a cluster, with its change where there was a previous visit."""
        if not cluster.certain:
            phrase, counted = self._phrase(cluster, brief=True)
            return self.say("unsure", np=phrase, a_np=self.lex.indefinite(phrase, counted))
        if len(cluster.lesions) > 1:
            text = self.say("several", np=self._plural(cluster))
        else:
            phrase, counted = self._phrase(cluster, brief)
            text = self.say("sure", np=phrase, a_np=self.lex.indefinite(phrase, counted))
        return text + (self.draws.pick(self.lex.changed[cluster.change]) if cluster.change else "")

    def _phrase(self, cluster: Cluster, brief: bool) -> tuple[str, bool]:
        """A noun phrase for one lesion, and whether it takes an article."""
        lesion, term = cluster.lesions[0], self.lex.terms[cluster.name]
        noun = self.draws.pick(term.nouns)
        pattern = self.draws.pick(term.shape.brief if brief else term.shape.full)
        return self._fill(pattern, lesion, cluster, noun=noun.text), noun.counted

    def _plural(self, cluster: Cluster) -> str:
        term, count = self.lex.terms[cluster.name], str(len(cluster.lesions))
        number = self.lex.numbers.get(count, count)
        return self._fill(
            self.draws.pick(term.shape.many),
            cluster.largest,
            cluster,
            plural=self.draws.pick(term.plural),
            number=number,
        )

    def _fill(self, pattern: str, lesion: Lesion, cluster: Cluster, **slots: str) -> str:
        shape = self.lex.terms[lesion.name].shape
        places = [self.lex.places[key] for key in cluster.places]
        values = {"severity": lesion.severity, "margin": lesion.margin, "side": cluster.side, **lesion.attributes}
        text = pattern.format(
            **slots,
            **{name: words.get(values.get(name) or "", "") for name, words in shape.words.items()},
            size=self.spec.spoken(lesion.size_mm),
            place=places[0] if places else "",
            places=self.lex.join(places, "and") if places else "",
        )
        return " ".join(text.split())

    def _short(self, cluster: Cluster) -> str:
        term = self.lex.terms[cluster.name]
        noun = term.plural[0] if len(cluster.lesions) > 1 else term.nouns[0].text
        return " ".join(term.shape.short.format(noun=noun, side=term.shape.words["side"].get(cluster.side, "")).split())

    def _negated(self, names: tuple[str, ...]) -> str:
        return self.lex.join([self.draws.pick(self.lex.terms[name].nouns).text for name in names], "or")
