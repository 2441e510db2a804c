"""From what a collection holds to what an assistant is taught: each Study becomes a list of instructions.

| the Study has | the assistant is asked |
| --- | --- |
| turns | the question, for its answer and the places it speaks of |
| findings, present or absent | whether the finding is there (yes or no) |
| labels of few values | which of the values it is |
| regions with masks | to segment each name, absent names included where absence is known |
| regions with boxes | to find each name, to count it, and to name what is in a box |
| a report, captions | to write it, and to match it with its image |
| a prior visit and findings with a change | how the finding has changed |

`survey` learns from the training Studies which names and values there are; `derive` is a pure function
of one Study and that survey. `polyclinic data turns` prints the result.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from polyclinic.study import CHANGES, Region, Report, Study

Task = Literal["answer", "report", "segment", "find", "match"]
MOST_VALUES = 12
SECTIONS = ("findings", "impression")


@dataclass(frozen=True)
class Instruction:
    """One thing to ask of an assistant, with its reference.

    Args:
        prompt: the question, the phrase to segment or find; empty for a report.
        target: the reference text; empty for masks and boxes.
        options: the allowed answers of a closed question.
        pointed: places that the question points at.
        regions: reference masks or boxes, or the places an answer speaks of; empty where there are none.
        prior: whether the previous visit is needed.
        origin: which part of the Study it comes from.
    """

    task: Task
    prompt: str
    target: str = ""
    options: tuple[str, ...] = ()
    pointed: tuple[Region, ...] = ()
    regions: tuple[Region, ...] = ()
    language: str = "en"
    prior: bool = False
    origin: str = "turns"


@dataclass(frozen=True)
class Survey:
    """Which names and values a set of Studies speaks of.

    Args:
        kinds: region name -> its kind; empty where the source says none.
        masks: names that have masks.
        boxes: names that have boxes.
        findings: names of findings that are stated present or absent.
        labels: categorical label -> its values.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    masks: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def concepts(self) -> tuple[str, ...]:
        """Everything that has a name and may be seen: regions first, then other findings."""
        return tuple(dict.fromkeys([*self.kinds, *self.findings]))


def survey(studies: Iterable[Study]) -> Survey:
    """Collect names and values; the order is alphabetical, so that it does not depend on the Studies' order."""
    kinds: dict[str, str] = {}
    masks: set[str] = set()
    boxes: set[str] = set()
    findings: set[str] = set()
    values: dict[str, set[str]] = defaultdict(set)
    for study in studies:
        for region in study.regions:
            if region.mask is None and region.box is None:
                continue
            kinds[region.name] = region.kind or ""
            if region.mask is not None:
                masks.add(region.name)
            if region.box is not None:
                boxes.add(region.name)
        findings |= {finding.name for finding in study.findings}
        for name, value in study.labels.items():
            if not isinstance(value, float | int) or isinstance(value, bool):
                values[name].add(label_text(value))
    labels = {name: tuple(sorted(found)) for name, found in sorted(values.items()) if 1 < len(found) <= MOST_VALUES}
    return Survey(
        dict(sorted(kinds.items())), tuple(sorted(masks)), tuple(sorted(boxes)), tuple(sorted(findings)), labels
    )


def label_text(value: object) -> str:
    """A label's value as an answer says it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def derive(study: Study, known: Survey) -> list[Instruction]:
    """All instructions of one Study, in a fixed order."""
    return [
        *_turns(study),
        *_presence(study),
        *_labels(study, known),
        *_masks(study, known),
        *_boxes(study, known),
        *_texts(study),
        *_changes(study),
    ]


def annotated(study: Study, name: str, known: Survey, *, masks: bool) -> bool | None:
    """Whether a name is in the Study's annotation: true, false, or None where nobody looked.

    A name without a region is absent if its finding is stated absent, or if the Study has regions of the
    same kind and form (an annotator who drew the others would have drawn it); a hedged finding is unknown.

    Args:
        masks: ask for masks; else for boxes.
    """
    drawn = [r for r in study.regions if r.image == 0 and (r.mask if masks else r.box) is not None]
    if any(region.name == name for region in drawn):
        return True
    stated = {finding.name: finding.present for finding in study.findings}
    if name in stated:
        return False if stated[name] is False else None
    return False if any((region.kind or "") == known.kinds.get(name) for region in drawn) else None


def _turns(study: Study) -> list[Instruction]:
    return [
        Instruction(
            "answer",
            t.question,
            t.answer,
            t.options,
            t.regions,
            t.evidence,
            t.language,
            t.prior and study.prior is not None,
        )
        for t in study.turns
        if not t.prior or study.prior is not None
    ]


def presence_question(name: str) -> str:
    """The question that a finding's presence becomes."""
    return f"Is there {name}?"


def _presence(study: Study) -> list[Instruction]:
    return [
        Instruction("answer", presence_question(f.name), label_text(f.present), ("yes", "no"), origin="findings")
        for f in study.findings
        if f.present is not None
    ]


def label_question(name: str) -> str:
    """The question that a whole-study label becomes."""
    return f"What is the {name.replace('_', ' ')}?"


def _labels(study: Study, known: Survey) -> list[Instruction]:
    return [
        Instruction("answer", label_question(name), label_text(study.labels[name]), values, origin="labels")
        for name, values in known.labels.items()
        if name in study.labels
    ]


def _named(study: Study, name: str) -> tuple[Region, ...]:
    return tuple(region for region in study.regions if region.name == name and region.image == 0)


def _masks(study: Study, known: Survey) -> list[Instruction]:
    return [
        Instruction("segment", name, regions=_named(study, name), origin="masks")
        for name in known.masks
        if annotated(study, name, known, masks=True) is not None
    ]


def _boxes(study: Study, known: Survey) -> list[Instruction]:
    told = [name for name in known.boxes if annotated(study, name, known, masks=False) is not None]
    made = [Instruction("find", name, regions=_named(study, name), origin="boxes") for name in told]
    made += [
        Instruction("answer", f"How many {name} are there?", str(len(_named(study, name))), origin="boxes")
        for name in told
    ]
    boxed = [region for region in study.regions if region.box is not None and region.image == 0]
    return made + [
        Instruction("answer", "What is in this box?", region.name, pointed=(region,), origin="boxes")
        for region in boxed[:8]
    ]


def report_text(report: Report) -> str:
    """The sections that an image can tell, each behind its name."""
    chosen = {name: text for name, text in report.sections.items() if name in SECTIONS and text} or report.sections
    return "\n".join(f"{name}: {text}" for name, text in chosen.items() if text)


def parse_report(text: str, language: str) -> Report:
    """The inverse of `report_text`; text without a section's name becomes findings."""
    sections: dict[str, str] = {}
    name = "findings"
    for line in text.splitlines():
        head, colon, rest = line.partition(":")
        known = bool(colon) and head.strip().isidentifier() and head == head.lower()
        name, body = (head.strip(), rest) if known else (name, line)
        sections[name] = f"{sections.get(name, '')} {body.strip()}".strip()
    return Report(sections, language)


def _texts(study: Study) -> list[Instruction]:
    language = study.report.language if study.report else "en"
    text = report_text(study.report) if study.report else "\n".join(f"caption: {c}" for c in study.captions)
    if not text.strip():
        return []
    plain = match_text(study)
    return [
        Instruction("report", "", text, language=language, prior=study.prior is not None, origin="report"),
        Instruction("match", "", plain, language=language, origin="report"),
    ]


def match_text(study: Study) -> str:
    """The text that an image is matched with: the report without its sections' names, or the captions."""
    if study.report is None:
        return " ".join(study.captions)
    sections = study.report.sections
    return " ".join(sections[name] for name in sections if name in SECTIONS) or study.report.text


def _changes(study: Study) -> list[Instruction]:
    if study.prior is None or any(turn.prior for turn in study.turns):
        return []
    return [
        Instruction(
            "answer",
            f"Compared with the prior, how has the {f.name} changed?",
            f.change,
            CHANGES,
            prior=True,
            origin="prior",
        )
        for f in study.findings
        if f.change is not None
    ]


def texts(instructions: Sequence[Instruction]) -> list[str]:
    """All text in instructions, for a tokenizer to learn from."""
    counts = Counter(text for i in instructions for text in (i.prompt, i.target, *i.options) if text)
    return list(counts)
