"""The generalist: one assistant that answers, reports, segments, finds, embeds and classifies.

A convolutional pyramid looks at the image; its connector looks for every concept that the collection
names and hands the language model one evidence token for each (how strongly, where, how large) behind
plain patch tokens. The language model reads them and writes text, boxes in place tokens, or a mark
whose state becomes the query of the mask or box decoder. What is its own: evidence tokens, words that
bring along the evidence of what they name, and turns packed behind one look at the image. It learns to
see first and to speak about it then; what it learns is derived from whatever a collection holds
(`polyclinic data turns` prints it).

Try: `polyclinic phantom chest chest --patients 2000 --seed 0`, then
`polyclinic fit generalist chest --out run --minutes 8`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from polyclinic.bodies.assistant import Assistant, AssistantView, Diet, Reading, Widths, derive_reading
from polyclinic.cards import Card
from polyclinic.curate.instructions import derive, texts
from polyclinic.errors import CheckpointError, PolyclinicError
from polyclinic.parts.connectors.evidence import EvidenceConnector
from polyclinic.parts.decoders.boxes import BoxDecoder
from polyclinic.parts.decoders.masks import MaskDecoder
from polyclinic.parts.text.causal import model_from_folder, small_model
from polyclinic.parts.text.tokens import MARKS, PLACES, Tokens
from polyclinic.parts.vision import MakesEncoder
from polyclinic.parts.vision.as_pyramid import PyramidOf
from polyclinic.parts.vision.pyramid import PyramidDecoder, PyramidEncoder
from polyclinic.records import from_plain, to_plain
from polyclinic.study import Study
from polyclinic.training.stages import Stage

CARD = Card(
    id="generalist",
    title="The generalist: answer, report, segment, find, embed and classify in one model",
    verbs=("embed", "classify", "answer", "report", "segment", "find"),
    kinds=("assistant",),
    year=2026,
    checked="shape",
    exempt={"claim": "no preset switches its evidence tokens off yet, so there is no second arm"},
)

# Share of the samples whose turns hide the image, so that the model knows what words alone tell.
BLIND = 0.04


@dataclass(frozen=True)
class Config:
    """What can be chosen.

    Args:
        image_size: side of the square that images are fitted into; None derives it from the collection.
        widths: channels of the encoder's stages, from stride 4 on; `depths` blocks in each.
        pixel_width: channels of the pixel decoder.
        grid: patch tokens along each side.
        query_width: of concept tokens and queries.
        match_width: of the space that images and texts share.
        language_model: folder of a Hugging Face causal model; None makes a small one from the next four fields.
        vocabulary: text pieces that the small model's tokenizer learns.
        lora_rank: of the adapters on a model from a folder; 0 trains it whole.
        longest: most tokens of a report.
        answers: questions that a sample carries in the second stage; `segments` and `finds` likewise.
        report: chance that it carries its report; `match` its text to match.
        look: share of the run in which only the eyes learn.
        batch: samples a step while looking; `speaking_batch` while speaking.
        learning_rate: peak while looking; `speaking_rate` while speaking.
    """

    image_size: int | None = None
    widths: tuple[int, ...] = (32, 64, 128)
    depths: tuple[int, ...] = (2, 2, 2)
    pixel_width: int = 32
    grid: int = 4
    query_width: int = 96
    match_width: int = 128
    language_model: str | None = None
    vocabulary: int = 1500
    width: int = 96
    depth: int = 4
    heads: int = 4
    lora_rank: int = 16
    longest: int = 112
    answers: int = 3
    segments: int = 1
    finds: int = 1
    report: float = 1.0
    match: float = 0.4
    look: float = 0.42
    steps: int = 2000
    batch: int = 32
    speaking_batch: int = 16
    learning_rate: float = 2e-3
    speaking_rate: float = 4e-3


PRESETS = {
    "nano": Config(),
    "base": Config(
        image_size=448,
        widths=(96, 192, 384, 768),
        depths=(3, 4, 6, 3),
        pixel_width=128,
        grid=14,
        query_width=512,
        match_width=512,
        longest=512,
        answers=8,
        segments=6,
        finds=4,
        report=1.0,
        match=1.0,
        steps=50_000,
        batch=128,
        speaking_batch=128,
        learning_rate=2e-4,
        speaking_rate=2e-4,
    ),
}


class Model(Assistant):
    """The whole system: what it is made of, and how it is saved.

    Args:
        encoder: makes other eyes than the convolutional pyramid, such as one of `polyclinic.parts.vision.ENCODERS`;
            not stored in the config, so that it is given again where the model comes back from disk.
    """

    def __init__(
        self, config: Config, reading: Reading, tokens: Tokens, *, encoder: MakesEncoder | None = None
    ) -> None:
        pyramid = _pyramid(config, reading, encoder)
        decoder = PyramidDecoder(widths=config.widths, width_out=config.pixel_width)
        masks = MaskDecoder(width_query=config.query_width, width_pixel=config.pixel_width)
        boxes = BoxDecoder(width_query=config.query_width, width_pixel=config.pixel_width)
        connector = EvidenceConnector(
            concepts=len(reading.survey.concepts),
            width=config.query_width,
            width_coarse=config.widths[-1],
            grid=config.grid,
            masks=masks,
            boxes=boxes,
            width_pixel=config.pixel_width,
        )
        language = _language(config, tokens)
        super().__init__(
            encoder=pyramid,
            decoder=decoder,
            connector=connector,
            masks=masks,
            boxes=boxes,
            language=language,
            tokens=tokens,
            reading=reading,
            diet=Diet(
                talk=1.0,
                answers=config.answers,
                segments=config.segments,
                finds=config.finds,
                report=config.report,
                match=config.match,
                blind=BLIND,
                longest=config.longest,
            ),
            widths=Widths(
                config.widths[-1],
                config.query_width,
                language.config.hidden_size,
                config.match_width,
            ),
        )
        self.config = config

    @classmethod
    def from_studies(cls, config: Config, studies: Sequence[Study], *, encoder: MakesEncoder | None = None) -> Model:
        """A fresh model: reading, concepts and tokenizer come from the Studies.

        Raises:
            TrainingError: not one image can be read.
        """
        reading = derive_reading(studies, config.image_size)
        if config.language_model:
            return cls(config, reading, Tokens.from_folder(Path(config.language_model)), encoder=encoder)
        corpus = texts([instruction for study in studies for instruction in derive(study, reading.survey)])
        tokens = Tokens.trained([*corpus, *(text.lower() for text in corpus)], config.vocabulary)
        return cls(config, reading, tokens, encoder=encoder)

    def load_compatible(self, folder: Path) -> list[str]:
        """Start from another generalist: weights of equal name and shape, concepts and tokens by name.

        Returns:
            Names of the tensors that stay fresh.
        """
        other = _read_json(folder / "config.json")
        weights = load_file(folder / "model.safetensors")
        concepts = from_plain(Reading, other.get("reading"), "config.json: reading").survey.concepts
        vocabulary = Tokens.from_folder(folder).vocabulary()
        fresh = []
        for name in self._saved():
            own, theirs = self.state_dict()[name], weights.get(name)
            if theirs is not None and theirs.shape == own.shape and "embed_tokens" not in name and "_KE" not in name:
                own.copy_(theirs)
            elif theirs is not None and name.endswith("_KE"):
                _copy_rows(own, theirs, _numbered(self.reading.survey.concepts), _numbered(concepts))
            elif theirs is not None and "embed_tokens" in name:
                _copy_rows(own, theirs, self.tokens.vocabulary(), vocabulary)
            else:
                fresh.append(name)
        return fresh

    def save_pretrained(self, folder: Path) -> None:
        """Write `config.json`, `tokenizer.json` and `model.safetensors` (without a frozen language model)."""
        folder.mkdir(parents=True, exist_ok=True)
        self.tokens.save(folder)
        save_file(self._saved(), folder / "model.safetensors")
        record = {"system": CARD.id, "config": to_plain(self.config), "reading": to_plain(self.reading)}
        (folder / "config.json").write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", "utf-8")

    @classmethod
    def from_pretrained(cls, folder: Path, *, encoder: MakesEncoder | None = None) -> Model:
        """Read what `save_pretrained` wrote.

        Raises:
            CheckpointError: files are missing or do not fit together.
        """
        record = _read_json(folder / "config.json")
        config = from_plain(Config, record.get("config"), "config.json: config")
        reading = from_plain(Reading, record.get("reading"), "config.json: reading")
        tokens = Tokens.from_folder(folder)
        try:
            model = cls(config, reading, tokens, encoder=encoder)
        except PolyclinicError:
            raise
        except Exception as error:  # sizes that do not fit together fail in any library below, in its own way
            raise CheckpointError(f"{folder / 'config.json'} describes no model: {error}") from error
        try:
            weights = load_file(folder / "model.safetensors")
            missing, unknown = model.load_state_dict(weights, strict=False)
        except (OSError, RuntimeError, ValueError, SafetensorError) as error:
            raise CheckpointError(f"{folder / 'model.safetensors'} does not fit: {error}") from error
        if unknown or set(missing) & set(model._saved()):
            raise CheckpointError(f"{folder / 'model.safetensors'} does not fit: {[*missing, *unknown][:3]}")
        return model.eval()

    def _saved(self) -> dict[str, Any]:
        """Weights to store: everything but tied copies and what a frozen language model brings itself."""
        frozen = {name for name, p in self.named_parameters() if not p.requires_grad}
        seen: set[int] = set()
        kept = {}
        for name, value in self.state_dict().items():
            if name not in frozen and value.data_ptr() not in seen:
                seen.add(value.data_ptr())
                kept[name] = value.contiguous()
        return kept


def _pyramid(config: Config, reading: Reading, encoder: MakesEncoder | None) -> PyramidEncoder | PyramidOf:
    if encoder is None:
        return PyramidEncoder(channels=reading.channels, widths=config.widths, depths=config.depths)
    return PyramidOf(encoder=encoder(channels=reading.channels, image_size=reading.image_size), widths=config.widths)


def _language(config: Config, tokens: Tokens) -> Any:
    if config.language_model is None:
        return small_model(
            vocabulary=len(tokens), width=config.width, depth=config.depth, heads=config.heads, dropout=0.0
        )
    return model_from_folder(
        Path(config.language_model),
        vocabulary=len(tokens),
        lora_rank=config.lora_rank,
        first_new=len(tokens) - len(MARKS) - len(PLACES),
    )


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _copy_rows(own: Any, theirs: Any, own_rows: dict[str, int], their_rows: dict[str, int]) -> None:
    if own.shape[1:] == theirs.shape[1:]:
        for name, row in own_rows.items():
            if name in their_rows:
                own[row].copy_(theirs[their_rows[name]])


def _read_json(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is missing or damaged: {error}") from error
    if not isinstance(record, dict):
        raise CheckpointError(f"{path} holds no object")
    return record


def stages(config: Config) -> list[Stage]:
    """First the eyes learn to see what has a name; then words are learnt about what they see."""
    looking = round(config.look * config.steps)
    look = Stage(
        "look", steps=looking, batch=config.batch, learning_rate=config.learning_rate, view=AssistantView.quiet
    )
    speak = Stage(
        "speak",
        steps=config.steps - looking,
        batch=config.speaking_batch,
        learning_rate=config.speaking_rate,
        trainable=Model.listening,
    )
    return [look, speak] if looking else [speak]
