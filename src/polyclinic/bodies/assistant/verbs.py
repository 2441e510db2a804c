"""The verbs of an assistant: answer, report, segment, find, classify, embed.

All work in chunks of Studies whose images are looked at once. Whatever has a score for each allowed
answer, a mask, boxes or a vector comes from one pass over packed turns, as in training; only free text
is decoded token by token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from polyclinic.bodies.assistant.core import AssistantCore, Sight
from polyclinic.bodies.assistant.language import (
    answer_segment,
    match_segment,
    phrase_segment,
    question,
    report_prompt,
)
from polyclinic.bodies.assistant.packing import Packed, Place, Segment, pack
from polyclinic.bodies.assistant.scenes import read_picture
from polyclinic.bodies.framing import Frame
from polyclinic.curate.instructions import label_question, parse_report, presence_question
from polyclinic.errors import UsageError
from polyclinic.parts.decoders.boxes import BoxMaps, peaks
from polyclinic.parts.text.causal import Allow, decode_greedily
from polyclinic.parts.text.tokens import BOX, END, Tokens
from polyclinic.study import LANGUAGES, Mask, Region, Report, Study
from polyclinic.verbs import Answer, Ask, Vectors

CHUNK = 32
ROW_TOKENS = 384
LONGEST_ANSWER = 40
MOST_BOXES, LOWEST_SCORE, OVERLAP = 200, 0.05, 0.5
BOX_STRIDE = 4
EDGES = 4
Item = TypeVar("Item")


class Assistant(AssistantCore):
    """One model that answers, reports, segments, finds, embeds and classifies."""

    @torch.inference_mode()
    def answer(self, asks: Sequence[Ask]) -> list[Answer]:
        """Answer questions; closed ones by the score of each option, open ones by writing.

        Raises:
            ReadError: an image cannot be read.
        """
        found: dict[int, Answer] = {}
        for chunk in _by_study(asks):
            studies = list({id(ask.study): ask.study for _, ask in chunk}.values())
            row = {id(study): r for r, study in enumerate(studies)}
            sight, frames = _look(self, studies)
            closed = [(i, ask) for i, ask in chunk if ask.options]
            opened = [(i, ask) for i, ask in chunk if not ask.options]
            rows = [row[id(ask.study)] for _, ask in closed]
            found |= dict(
                zip([i for i, _ in closed], _choose(self, sight, rows, [a for _, a in closed], frames), strict=True)
            )
            rows = [row[id(ask.study)] for _, ask in opened]
            found |= dict(
                zip([i for i, _ in opened], _write(self, sight, rows, [a for _, a in opened], frames), strict=True)
            )
        return [found[i] for i in range(len(asks))]

    @torch.inference_mode()
    def report(self, studies: Sequence[Study], language: str = "en") -> list[Report]:
        """Write a report for each Study.

        Raises:
            UsageError: a language that has no mark.
        """
        if language not in LANGUAGES:
            raise UsageError(f"no reports in {language!r}", hint="one of " + ", ".join(LANGUAGES))
        reports = []
        for chunk in _chunks(studies):
            sight, _ = _look(self, chunk)
            prompts = [report_prompt(self.tokens, language)] * len(chunk)
            texts, _ = _decode(self, sight, list(range(len(chunk))), prompts, self.diet.longest)
            reports += [parse_report(self.tokens.decode(ids), language) for ids in texts]
        return reports

    @torch.inference_mode()
    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        """A mask for each prompt of each Study; a Region prompt keeps the mask inside its box."""
        results: list[list[Region]] = []
        for start in range(0, len(studies), CHUNK):
            chunk = studies[start : start + CHUNK]
            asked = [list(p) or list(self.reading.survey.masks) for p in prompts[start : start + CHUNK]]
            sight, frames = _look(self, chunk)
            states = _query_states(self, sight, [[_phrase(prompt) for prompt in p] for p in asked], "segment")
            for b, frame in enumerate(frames):
                logits = self.masks(self.to_mask(states[b])[None], sight.pixel_BCYX[b : b + 1])[0]
                results.append(_mask_regions(self, asked[b], logits.float().cpu(), frame))
        return results

    @torch.inference_mode()
    def find(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[list[Region]]:
        """Boxes of what a phrase names in each Study, best first."""
        results: list[list[Region]] = []
        for start in range(0, len(studies), CHUNK):
            chunk, asked = studies[start : start + CHUNK], phrases[start : start + CHUNK]
            sight, frames = _look(self, chunk)
            states = _query_states(self, sight, [[phrase] for phrase in asked], "find")
            for b, (phrase, frame) in enumerate(zip(asked, frames, strict=True)):
                maps = self.boxes(self.to_box(states[b])[None], sight.pixel_BCYX[b : b + 1])
                results.append(
                    _box_regions(self, phrase, BoxMaps(maps.centre_BQYX.cpu(), maps.edges_BQ4YX.cpu()), frame)
                )
        return results

    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        """Probability of each name: a finding, a label's value, or anything one can ask the presence of.

        Training shows the answers of a question equally often; the probabilities here are brought back
        to how often each was right in the training Studies.
        """
        asked = [_class_question(self, name) for name in names]
        questions = list(dict.fromkeys((text, options) for text, options, _ in asked))
        answers = iter(
            self.answer([Ask(study, text, options=options) for study in studies for text, options in questions])
        )
        results = []
        for _ in studies:
            scores = {
                text: _as_frequent(next(answers).scores, self.reading.prevalence.get(text, {})) for text, _ in questions
            }
            results.append({name: scores[text][value] for name, (text, _, value) in zip(names, asked, strict=True)})
        return results

    @torch.inference_mode()
    def embed_images(self, studies: Sequence[Study]) -> Vectors:
        """Unit vectors (n, d) of the Studies' pictures."""
        found = [self.vectors_of_images(_look(self, chunk)[0]).float().cpu() for chunk in _chunks(studies)]
        return torch.cat(found).numpy() if found else np.zeros((0, self.text_vector.out_features), np.float32)

    @torch.inference_mode()
    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors (n, d) of texts, in the pictures' space."""
        found = []
        for chunk in _chunks(texts):
            segments = [match_segment(self.tokens, text, self.diet.longest) for text in chunk]
            sight = _nothing_seen(self, len(chunk))
            packed = pack([[segment] for segment in segments]).to(self.log_scale.device)
            last = torch.tensor([len(segment.ids) - 1 for segment in segments], device=self.log_scale.device)
            state_PE = self.read(sight, packed)[torch.arange(len(chunk), device=last.device), last]
            found.append(self.vectors_of_texts(state_PE).float().cpu())
        return torch.cat(found).numpy() if found else np.zeros((0, self.text_vector.out_features), np.float32)


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _by_study(asks: Sequence[Ask]) -> Iterator[list[tuple[int, Ask]]]:
    """Asks with their place in the list, in chunks that hold few different Studies."""
    groups: dict[int, list[tuple[int, Ask]]] = {}
    for i, ask in enumerate(asks):
        groups.setdefault(id(ask.study), []).append((i, ask))
    for chunk in _chunks(list(groups.values())):
        yield [pair for group in chunk for pair in group]


def _look(model: AssistantCore, studies: Sequence[Study]) -> tuple[Sight, list[Frame]]:
    """Look at Studies; one without an image gives tokens that nobody may read."""
    size, channels = model.reading.image_size, model.reading.channels
    blank = np.zeros((channels, size, size), np.uint8)
    now: list[tuple[Any, Frame]] = []
    before = []
    for study in studies:
        images = study.current_images
        now.append(read_picture(images[0], size, channels) if images else (blank, Frame.of(size, size, size)))
        if study.prior_images and images:
            before.append(read_picture(study.prior_images[0], size, channels)[0])
    pictures = torch.from_numpy(np.stack([picture for picture, _ in now] + before))
    sight = model.see(pictures, torch.tensor([bool(s.prior_images and s.current_images) for s in studies]))
    sight.valid_BN[[not study.current_images for study in studies]] = False
    return sight, [frame for _, frame in now]


def _nothing_seen(model: AssistantCore, rows: int) -> Sight:
    size = 4 * 2 ** len(model.encoder.widths_out)
    blank = torch.zeros(1, model.reading.channels, size, size, dtype=torch.uint8)
    return model.see(blank, torch.tensor([False])).rows(torch.zeros(rows, dtype=torch.long))


def _shares(regions: Sequence[Region], frame: Frame) -> list[Place]:
    boxes = [region.box for region in regions if region.box is not None and len(region.box) == 4]
    if not boxes:
        return []
    inside = frame.boxes_in(np.array(boxes, np.float32)) / frame.size
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in inside]


def _choose(
    model: AssistantCore, sight: Sight, rows: Sequence[int], asks: Sequence[Ask], frames: Sequence[Frame]
) -> list[Answer]:
    """Closed questions: the log-probability of each option's tokens, normalised over the options."""
    segments = [
        answer_segment(model.tokens, ask.question, option, _shares(ask.regions, frames[row]), history=ask.history)
        for row, ask in zip(rows, asks, strict=True)
        for option in ask.options
    ]
    owners = [row for row, ask in zip(rows, asks, strict=True) for _ in ask.options]
    scores = iter(_score(model, sight, owners, segments))
    answers = []
    for ask in asks:
        log_p = torch.tensor([next(scores) for _ in ask.options])
        chance = log_p.softmax(0).tolist()
        best = int(np.argmax(chance))
        answers.append(Answer(ask.options[best], chance[best], dict(zip(ask.options, chance, strict=True))))
    return answers


def _score(model: AssistantCore, sight: Sight, owners: Sequence[int], segments: Sequence[Segment]) -> list[float]:
    """Log-probability of the learned tokens of each segment, many segments of an image in one row."""
    result: list[float] = []
    for numbers, packed in _pack_rows(owners, segments):
        index = torch.tensor([owners[row[0]] for row in numbers])
        hidden_BLE = model.read(sight.rows(index), packed.to(model.log_scale.device))
        label_BL = F.pad(packed.label_BL[:, 1:], (0, 1), value=-100)
        at = label_BL >= 0
        logits_PV = model.token_logits(hidden_BLE[at.to(hidden_BLE.device)]).float().cpu()
        log_p_BL = torch.zeros(label_BL.shape)
        log_p_BL[at] = logits_PV.log_softmax(-1).gather(1, label_BL[at][:, None])[:, 0]
        sums = log_p_BL.cumsum(1)
        result += [
            float(sums[b, stop - 1] - sums[b, start]) + float(log_p_BL[b, start]) for b, start, stop in packed.spans
        ]
    return result


def _pack_rows(owners: Sequence[int], segments: Sequence[Segment]) -> Iterator[tuple[list[list[int]], Packed]]:
    """Consecutive segments of one owner share a row up to a length; rows come in chunks, in order."""
    rows: list[list[int]] = []
    length = 0
    for number, (owner, segment) in enumerate(zip(owners, segments, strict=True)):
        if not rows or owner != owners[rows[-1][0]] or length + len(segment.ids) > ROW_TOKENS:
            rows.append([])
            length = 0
        rows[-1].append(number)
        length += len(segment.ids)
    for chunk in _chunks(rows):
        yield list(chunk), pack([[segments[number] for number in row] for row in chunk])


def _query_states(model: AssistantCore, sight: Sight, phrases: Sequence[Sequence[str]], task: str) -> list[Tensor]:
    """For each Study, the last states (Q, E) of its phrases."""
    packed = pack([[phrase_segment(model.tokens, task, phrase) for phrase in each] for each in phrases])
    hidden_BLE = model.read(sight, packed.to(model.log_scale.device))
    states: list[list[Tensor]] = [[] for _ in phrases]
    for b, _, stop in packed.spans:
        states[b].append(hidden_BLE[b, stop - 1])
    empty = hidden_BLE.new_zeros(0, hidden_BLE.shape[-1])
    return [torch.stack(each) if each else empty for each in states]


def _write(
    model: AssistantCore, sight: Sight, rows: Sequence[int], asks: Sequence[Ask], frames: Sequence[Frame]
) -> list[Answer]:
    """Open questions: text, and the boxes written behind it."""
    prompts, places = [], []
    for row, ask in zip(rows, asks, strict=True):
        ids, at = question(model.tokens, ask.question, _shares(ask.regions, frames[row]), ask.history)
        prompts.append(ids)
        places.append(at)
    texts, certainty = _decode(model, sight, rows, prompts, LONGEST_ANSWER, places)
    answers = []
    for row, ids, sure in zip(rows, texts, certainty, strict=True):
        regions = _written_boxes(model.tokens, ids, frames[row])
        words = [token for token in ids if token not in model.tokens.place_ids]
        answers.append(Answer(model.tokens.decode(words), sure, regions=regions))
    return answers


def _decode(
    model: AssistantCore,
    sight: Sight,
    rows: Sequence[int],
    prompts: Sequence[list[int]],
    longest: int,
    places: Sequence[Sequence[tuple[int, Place]]] = (),
) -> tuple[list[list[int]], list[float]]:
    """Write behind each prompt; the image's tokens are read once and kept in the key-value cache."""
    written: list[list[int]] = []
    certainty: list[float] = []
    for chunk in _chunks(list(range(len(prompts)))):
        index = torch.tensor([rows[i] for i in chunk], device=model.log_scale.device)
        seen = sight.rows(index)
        pointed = [(r, at, box) for r, i in enumerate(chunk) for at, box in (places[i] if places else ())]
        texts, sure = decode_greedily(
            model.language,
            model.prefix_cache(seen),
            seen.valid_BN,
            [
                model.embed_prompt(seen, r, prompts[i], [(at, box) for q, at, box in pointed if q == r])
                for r, i in enumerate(chunk)
            ],
            embed=partial(_embed_written, model, seen),
            end=model.tokens.id[END],
            longest=longest,
            allow=_box_grammar(model.tokens),
        )
        written += texts
        certainty += sure
    return written, certainty


def _embed_written(model: AssistantCore, sight: Sight, ids_BL: Tensor) -> Tensor:
    return model.embed_words(sight, ids_BL, torch.ones_like(ids_BL, dtype=torch.bool))


def _box_grammar(tokens: Tokens) -> Allow:
    """What may follow: after a box mark four places, the far edges beyond the near ones; places nowhere else."""
    places = torch.tensor(tokens.place_ids)
    number = {place: i for i, place in enumerate(tokens.place_ids)}
    outside = torch.ones(len(tokens), dtype=torch.bool)
    outside[places] = False

    def allow(written: Sequence[int]) -> Tensor:
        recent = list(written[-EDGES:])
        if tokens.id[BOX] not in recent:
            return outside
        sides = recent[recent.index(tokens.id[BOX]) + 1 :]
        half = EDGES // 2
        possible = places[:-1] if len(sides) < half else places[number[sides[len(sides) - half]] + 1 :]
        allowed = torch.zeros_like(outside)
        allowed[possible] = True
        return allowed

    return allow


def _written_boxes(tokens: Tokens, ids: Sequence[int], frame: Frame) -> tuple[Region, ...]:
    boxes = np.array(tokens.boxes(ids), np.float32).reshape(-1, EDGES) * frame.size
    return tuple(Region("", box=tuple(map(float, box))) for box in frame.boxes_out(boxes))


def _phrase(prompt: str | Region) -> str:
    return prompt.name if isinstance(prompt, Region) else prompt


def _mask_regions(
    model: AssistantCore, prompts: Sequence[str | Region], logits_QYX: Tensor, frame: Frame
) -> list[Region]:
    if not prompts:
        return []
    masks = frame.masks_out(logits_QYX)
    regions = []
    for prompt, drawn, logit_YX in zip(prompts, masks, logits_QYX, strict=True):
        box = prompt.box if isinstance(prompt, Region) else None
        mask = drawn if box is None else drawn & _inside(box, drawn.shape)
        kind = model.reading.survey.kinds.get(_phrase(prompt)) or None
        score = float(logit_YX.max().sigmoid())
        regions.append(Region(_phrase(prompt), kind, box=_hull(mask), mask=Mask.from_array(mask), score=score))
    return regions


def _inside(box: Sequence[float], shape: tuple[int, ...]) -> Any:
    y, x = np.mgrid[: shape[0], : shape[1]]
    return (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])


def _hull(mask: Any) -> tuple[float, ...] | None:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _box_regions(model: AssistantCore, phrase: str, maps: BoxMaps, frame: Frame) -> list[Region]:
    boxes, scores = peaks(maps, most=MOST_BOXES, lowest=LOWEST_SCORE, overlap=OVERLAP)[0][0]
    kind = model.reading.survey.kinds.get(phrase) or None
    placed = frame.boxes_out(boxes.numpy() * BOX_STRIDE)
    return [
        Region(phrase, kind, box=tuple(map(float, box)), score=float(score))
        for box, score in zip(placed, scores.tolist(), strict=True)
        if box[2] > box[0] and box[3] > box[1]
    ]


def _class_question(model: AssistantCore, name: str) -> tuple[str, tuple[str, ...], str]:
    """Question, options, and the option that means the name."""
    survey = model.reading.survey
    if name not in survey.findings:
        for label, values in survey.labels.items():
            if name in values:
                return label_question(label), values, name
    return presence_question(name), ("yes", "no"), "yes"


def _as_frequent(scores: Any, share: dict[str, float]) -> dict[str, float]:
    """Scores under equally frequent answers to scores under the frequencies of training."""
    weighted = {option: score * share.get(option, 1e-4 if share else 1.0) for option, score in scores.items()}
    total = sum(weighted.values())
    return {option: score / total for option, score in weighted.items()}
