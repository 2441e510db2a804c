"""The assistant as a module: from a batch of packed turns to its losses, and what the verbs build on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polyclinic.bodies.assistant.language import normalised
from polyclinic.bodies.assistant.packing import IGNORED, Packed, Place, Segment, attention_mask, pack
from polyclinic.bodies.assistant.reading import Reading
from polyclinic.bodies.assistant.view import AssistantView, Diet
from polyclinic.bodies.base import Batch
from polyclinic.objectives.boxes import centre_loss, edge_loss
from polyclinic.objectives.contrast import info_nce
from polyclinic.objectives.masks import mask_loss
from polyclinic.parts.connectors.evidence import Evidence, EvidenceConnector, at_cells
from polyclinic.parts.connectors.naming import NamingConnector
from polyclinic.parts.decoders.boxes import BoxDecoder, cell_boxes
from polyclinic.parts.decoders.masks import MaskDecoder
from polyclinic.parts.text.tokens import Tokens
from polyclinic.parts.vision.as_pyramid import PyramidOf
from polyclinic.parts.vision.pyramid import PyramidDecoder, PyramidEncoder
from polyclinic.study import Study

START_LOG_SCALE = 2.6593
NAME_SCALE = 0.5


@dataclass(frozen=True)
class Widths:
    """Of the encoder's last map, of queries and concept tokens, of the language model, of matched vectors."""

    coarse: int
    query: int
    language: int
    match: int


@dataclass(frozen=True)
class Weights:
    """How much each loss counts in the sum."""

    language: float = 1.0
    mask: float = 1.0
    box: float = 0.3
    presence: float = 0.5
    match: float = 0.2


@dataclass(frozen=True)
class Sight:
    """What the assistant has seen of one batch.

    Args:
        tokens_BNE: the image's tokens, the prior's evidence behind them.
        valid_BN: which of them there are.
        pixel_BCYX: the pixel decoder's finest map of the current images.
        evidence: of the current images.
    """

    tokens_BNE: Tensor
    valid_BN: Tensor
    pixel_BCYX: Tensor
    evidence: Evidence
    coarse_BCYX: Tensor

    def hidden(self, blind_B: Tensor) -> Sight:
        """The same with the images of some rows hidden from whoever reads."""
        return dataclasses.replace(self, valid_BN=self.valid_BN & ~blind_B[:, None])

    def rows(self, index_R: Tensor) -> Sight:
        """The same for chosen rows, repeated where asked."""
        return Sight(
            self.tokens_BNE[index_R],
            self.valid_BN[index_R],
            self.pixel_BCYX[index_R],
            self.evidence.rows(index_R),
            self.coarse_BCYX[index_R],
        )


@dataclass(frozen=True)
class Queries:
    """Last states of the turns of one task, side by side for each image.

    Args:
        concept_BQ: which concept each asks for.
        real_BQ: false where a row has fewer turns than the fullest.
    """

    state_BQE: Tensor
    concept_BQ: Tensor
    real_BQ: Tensor

    def of_concepts(self, maps_BKYX: Tensor) -> Tensor:
        """The concept's map for each query, (B, Q, Y, X)."""
        row_B1 = torch.arange(len(maps_BKYX), device=maps_BKYX.device)[:, None]
        return maps_BKYX[row_B1, self.concept_BQ]


class AssistantCore(nn.Module):
    """Looks at images, reads packed turns behind them, and gives their losses; `Assistant` adds the verbs.

    Args:
        encoder: image -> maps, fine to coarse.
        decoder: maps -> pixel features, fine (masks) to coarse.
        connector: gives the tokens that the language model reads.
        masks: query -> mask; `boxes` query -> boxes; both shared with the connector.
        language: a causal language model of transformers.
    """

    def __init__(
        self,
        *,
        encoder: PyramidEncoder | PyramidOf,
        decoder: PyramidDecoder,
        connector: EvidenceConnector,
        masks: MaskDecoder,
        boxes: BoxDecoder,
        language: Any,
        tokens: Tokens,
        reading: Reading,
        diet: Diet,
        widths: Widths,
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.connector = encoder, decoder, connector
        self.masks, self.boxes, self.language = masks, boxes, language
        self.tokens, self.reading, self.diet = tokens, reading, diet
        self.weights = Weights()
        self.to_words = nn.Linear(widths.query, widths.language)
        self.patch_to_words = nn.Linear(widths.query, widths.language)
        self.prior_mark = nn.Parameter(torch.randn(widths.language) * 0.5)
        # With the space that stands before a word inside a question: to a tokenizer it is part of the word.
        self._name_ids = [tokens.encode(f" {normalised(name)}") for name in reading.survey.concepts]
        self.naming = NamingConnector(width=widths.language, width_evidence=widths.query)
        self.name_scale = nn.Parameter(torch.tensor(NAME_SCALE))
        self.region = nn.Linear(decoder.width_out + len(reading.survey.concepts) + 4, widths.language)
        self.to_mask = nn.Linear(widths.language, widths.query)
        self.to_box = nn.Linear(widths.language, widths.query)
        concepts = len(reading.survey.concepts)
        self.image_vector = nn.Sequential(
            nn.Linear(widths.coarse + concepts * widths.query, widths.match),
            nn.GELU(),
            nn.Linear(widths.match, widths.match),
        )
        self.text_vector = nn.Linear(widths.language, widths.match)
        self.log_scale = nn.Parameter(torch.tensor(START_LOG_SCALE))
        self.derived: dict[str, Any] = {"image_size": reading.image_size, "channels": reading.channels}
        self.derived |= {"mirror": reading.mirror, "flip": reading.flip, "concepts": list(reading.survey.concepts)}
        self.derived |= {"vocabulary": len(tokens)}

    @property
    def known_classes(self) -> tuple[str, ...]:
        """Names that `classify` was trained on: findings, then the labels' values."""
        survey = self.reading.survey
        return (*survey.findings, *(value for values in survey.labels.values() for value in values))

    @property
    def eyes(self) -> tuple[nn.Module, ...]:
        """What looks: encoder, decoders and connector."""
        return (self.encoder, self.decoder, self.connector, self.masks, self.boxes)

    def listening(self) -> list[nn.Parameter]:
        """The weights that learn from words alone: all but the eyes, where names have taught those to see."""
        taught = {id(p) for part in self.eyes for p in part.parameters()} if self.reading.survey.concepts else set()
        return [p for p in self.parameters() if id(p) not in taught and p.requires_grad]

    def view(self, studies: Sequence[Study]) -> AssistantView:
        """The training view of Studies."""
        return AssistantView(studies, self.reading, self.tokens, self.diet)

    def see(self, pictures: Tensor, has_prior_B: Tensor) -> Sight:
        """Look at pictures.

        Args:
            pictures: uint8 (B + priors, C, size, size): the current images, then those of rows with a prior.
            has_prior_B: which rows have one.
        """
        image_BCYX = tensor_on(pictures, self.log_scale.device)
        maps = self.encoder(image_BCYX.contiguous(memory_format=torch.channels_last))
        pixel_BCYX = self.decoder(maps)[0]
        evidence = self.connector(maps[-1], pixel_BCYX)
        batch = len(has_prior_B)
        tokens_BNE, valid_BN = self._with_prior(evidence, has_prior_B.to(image_BCYX.device), batch)
        now = evidence.rows(slice(batch))
        return Sight(tokens_BNE, valid_BN, pixel_BCYX[:batch], now, maps[-1][:batch])

    def _with_prior(self, evidence: Evidence, has_prior_B: Tensor, batch: int) -> tuple[Tensor, Tensor]:
        """Tokens in the language model's width: patches, concepts, and the concepts of the prior."""
        names_KE = F.normalize(self._concept_names(), dim=-1) * self.to_words.out_features**0.5 * self.name_scale
        concept_BKE = self.to_words(evidence.concept_BKE)
        before_BKE = torch.zeros_like(concept_BKE[:batch])
        before_BKE[has_prior_B] = concept_BKE[batch:] + self.prior_mark
        patch_BNE = self.patch_to_words(evidence.patch_BNE[:batch])
        tokens_BNE = torch.cat([patch_BNE, concept_BKE[:batch] + names_KE, before_BKE + names_KE], dim=1)
        there_BN = torch.ones(batch, patch_BNE.shape[1] + len(names_KE), dtype=torch.bool, device=patch_BNE.device)
        return tokens_BNE, torch.cat([there_BN, has_prior_B[:, None].expand(-1, len(names_KE))], dim=1)

    def _concept_names(self) -> Tensor:
        """Each concept's name as the mean of its words' embeddings, so that a question's words find its token."""
        table = self._causal.get_input_embeddings()
        ids = [torch.tensor(ids, device=self.log_scale.device) for ids in self._name_ids]
        means = [table(each).mean(0) for each in ids]
        return torch.stack(means) if means else table.weight[:0]

    def read(self, sight: Sight, packed: Packed) -> Tensor:
        """Hidden states (B, L, E) of packed turns behind what was seen."""
        words_BLE = self._embed(sight, packed)
        prefix = sight.tokens_BNE.shape[1]
        order_BN = torch.arange(prefix, device=words_BLE.device).expand(len(words_BLE), -1)
        hidden_BTE = self._decoder_stack(
            inputs_embeds=torch.cat([sight.tokens_BNE, words_BLE], dim=1),
            attention_mask=attention_mask(sight.valid_BN, packed),
            position_ids=torch.cat([order_BN, packed.position_BL + prefix], dim=1),
            use_cache=False,
        ).last_hidden_state
        return hidden_BTE[:, prefix:]

    @property
    def _causal(self) -> Any:
        return self.language.get_base_model() if hasattr(self.language, "get_base_model") else self.language

    @property
    def _decoder_stack(self) -> Any:
        return self._causal.model

    def _embed(self, sight: Sight, packed: Packed) -> Tensor:
        words_BLE = self.embed_words(sight, packed.ids_BL, packed.sees_BL)
        if len(packed.place_at):
            rows, columns = packed.place_at.unbind(1)
            words_BLE = words_BLE.clone()
            words_BLE[rows, columns] = self._region_tokens(sight, rows, packed.place_P4).to(words_BLE.dtype)
        return words_BLE

    def embed_words(self, sight: Sight, ids_BL: Tensor, sees_BL: Tensor) -> Tensor:
        """Embeddings of words; those that see the image carry the evidence of what they name."""
        words_BLE = self._causal.get_input_embeddings()(ids_BL)
        seen_BL = sees_BL & sight.valid_BN[:, :1]
        return self.naming(words_BLE, self._concept_names(), sight.evidence.concept_BKE, seen_BL)

    def _region_tokens(self, sight: Sight, row_P: Tensor, place_P4: Tensor) -> Tensor:
        """What lies in each pointed box: features and concept evidence averaged over it, and the box itself."""
        cell_PCYX = sight.pixel_BCYX[row_P]
        rows, columns = cell_PCYX.shape[-2:]
        y_Y = (torch.arange(rows, device=place_P4.device) + 0.5) / rows
        x_X = (torch.arange(columns, device=place_P4.device) + 0.5) / columns
        x0, y0, x1, y1 = place_P4[:, :, None].unbind(1)
        reach_x, reach_y = 0.5 / columns, 0.5 / rows
        in_y = (y_Y >= y0 - reach_y) & (y_Y <= y1 + reach_y)
        in_x = (x_X >= x0 - reach_x) & (x_X <= x1 + reach_x)
        inside_PYX = (in_y[:, :, None] & in_x[:, None]).to(cell_PCYX.dtype)
        area_P1 = inside_PYX.sum((-1, -2)).clamp(min=1)[:, None]
        features_PC = (cell_PCYX * inside_PYX[:, None]).sum((-1, -2)) / area_P1
        mask_PKYX = at_cells(sight.evidence.mask_BKYX)[row_P]
        seen_PK = (mask_PKYX.sigmoid() * inside_PYX[:, None]).sum((-1, -2)) / area_P1
        return self.region(torch.cat([features_PC, 4 * seen_PK, place_P4], dim=-1))

    def token_logits(self, hidden_PE: Tensor) -> Tensor:
        """Logits (P, V) of the next token from hidden states."""
        return self._causal.get_output_embeddings()(hidden_PE)

    def prefix_cache(self, sight: Sight) -> Any:
        """Keys and values of the image's tokens, for text to be written behind them."""
        nothing = pack([[] for _ in sight.tokens_BNE]).to(sight.tokens_BNE.device)
        prefix = sight.tokens_BNE.shape[1]
        out = self._decoder_stack(
            inputs_embeds=sight.tokens_BNE,
            attention_mask=attention_mask(sight.valid_BN, nothing)[:, :, :prefix, :prefix],
            position_ids=torch.arange(prefix, device=sight.tokens_BNE.device).expand(len(sight.tokens_BNE), -1),
            use_cache=True,
        )
        return out.past_key_values

    def embed_prompt(self, sight: Sight, row: int, ids: Sequence[int], places: Sequence[tuple[int, Place]]) -> Tensor:
        """Embeddings (L, E) of one prompt of one row, its region tokens filled in."""
        packed = pack([[Segment(tuple(ids), len(ids), places=tuple(places))]]).to(sight.tokens_BNE.device)
        return self._embed(sight.rows(torch.tensor([row], device=sight.tokens_BNE.device)), packed)[0]

    def vectors_of_images(self, sight: Sight) -> Tensor:
        """Unit vectors of what was seen."""
        pooled_BC = sight.coarse_BCYX.mean((-1, -2))
        return F.normalize(
            self.image_vector(torch.cat([pooled_BC, sight.evidence.concept_BKE.flatten(1)], dim=1)), dim=-1
        )

    def vectors_of_texts(self, state_PE: Tensor) -> Tensor:
        """Unit vectors of texts from the states of their last tokens."""
        return F.normalize(self.text_vector(state_PE), dim=-1)

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Losses of a batch; `loss` is their weighted sum."""
        device = self.log_scale.device
        packed = batch["packed"].to(device)
        batch = {name: value.to(device) if isinstance(value, Tensor) else value for name, value in batch.items()}
        learns_to_see = next(self.encoder.parameters()).requires_grad
        sight = self.see(batch["pictures"], batch["has_prior"])
        losses = {name: self.log_scale.new_zeros(()) for name in vars(self.weights)}
        if learns_to_see:
            losses |= self._looking_losses(sight, batch)
        if len(batch["talking"]):
            for name, value in self._turn_losses(sight.rows(batch["talking"]), batch, packed).items():
                losses[name] = losses[name] + value
        total = torch.stack([getattr(self.weights, name) * value for name, value in losses.items()]).sum()
        return {"loss": total, **losses}

    def _looking_losses(self, sight: Sight, batch: Batch) -> dict[str, Tensor]:
        """What the known concepts cost: their masks, boxes and presence."""
        return {
            "mask": mask_loss(sight.evidence.mask_BKYX, batch["masks"].float() / 255, batch["told"][:, 0]),
            "box": self._known_box_loss(sight, batch),
            "presence": _presence_loss(sight.evidence.present_BK, batch["present"]),
        }

    def _turn_losses(self, asked: Sight, batch: Batch, packed: Packed) -> dict[str, Tensor]:
        """What the samples that carry turns cost."""
        hidden_BLE = self.read(asked.hidden(batch["blind"]), packed)
        stops = torch.tensor([stop - 1 for _, _, stop in packed.spans], dtype=torch.long, device=hidden_BLE.device)
        return {
            "language": self._language_loss(hidden_BLE, packed),
            "mask": self._asked_mask_loss(asked, hidden_BLE, batch, stops),
            "box": self._asked_box_loss(asked, hidden_BLE, batch, stops),
            "match": self._match_loss(asked, hidden_BLE, batch, stops),
        }

    def _language_loss(self, hidden_BLE: Tensor, packed: Packed) -> Tensor:
        """Cross-entropy per turn, so that a long report counts as a few questions, not as fifty."""
        predicts_BL = F.pad(packed.label_BL[:, 1:], (0, 1), value=IGNORED)
        at = predicts_BL != IGNORED
        loss_P = F.cross_entropy(self.token_logits(hidden_BLE[at]).float(), predicts_BL[at], reduction="none")
        row_P = at.nonzero()[:, 0] * (packed.turn_BL.max() + 1) + packed.turn_BL[at]
        length_P = torch.bincount(row_P, minlength=1)[row_P].to(loss_P.dtype)
        weight_P = length_P.rsqrt()
        return (loss_P * weight_P).sum() / weight_P.sum().clamp(min=1e-6)

    def _asked_mask_loss(self, sight: Sight, hidden_BLE: Tensor, batch: Batch, stops: Tensor) -> Tensor:
        asked = _queries(hidden_BLE, batch["segment"], stops)
        logits_BQYX = self.masks(self.to_mask(asked.state_BQE), sight.pixel_BCYX)
        target_BKYX = batch["masks"][batch["talking"]].float() / 255
        return mask_loss(logits_BQYX, asked.of_concepts(target_BKYX), asked.real_BQ)

    def _known_box_loss(self, sight: Sight, batch: Batch) -> Tensor:
        """Centres and edges of the known concepts."""
        maps = sight.evidence.boxes
        b, k, y, x = batch["matched_at"].unbind(1)
        edges = cell_boxes(maps.edges_BQ4YX)[b, k, :, y, x]
        centres = centre_loss(maps.centre_BQYX, batch["heats"], batch["told"][:, 1])
        return centres + edge_loss(edges, batch["matched_boxes"])

    def _asked_box_loss(self, sight: Sight, hidden_BLE: Tensor, batch: Batch, stops: Tensor) -> Tensor:
        """Centres and edges of the find turns."""
        asked = _queries(hidden_BLE, batch["find"], stops)
        maps = self.boxes(self.to_box(asked.state_BQE), sight.pixel_BCYX)
        row_of_B = torch.full_like(batch["has_prior"], -1, dtype=torch.long)
        row_of_B[batch["talking"]] = torch.arange(len(batch["talking"]), device=row_of_B.device)
        b, k, y, x = batch["matched_at"].unbind(1)
        heard = row_of_B[b] >= 0
        row, k, y, x, boxes = row_of_B[b][heard], k[heard], y[heard], x[heard], batch["matched_boxes"][heard]
        m, q = ((asked.concept_BQ[row] == k[:, None]) & asked.real_BQ[row]).nonzero().unbind(1)
        edges = cell_boxes(maps.edges_BQ4YX)[row[m], q, :, y[m], x[m]]
        heat_BQYX = asked.of_concepts(batch["heats"][batch["talking"]])
        return centre_loss(maps.centre_BQYX, heat_BQYX, asked.real_BQ) + edge_loss(edges, boxes[m])

    def _match_loss(self, sight: Sight, hidden_BLE: Tensor, batch: Batch, stops: Tensor) -> Tensor:
        turn_P, row_P, _ = batch["match"].unbind(1)
        text_PE = self.vectors_of_texts(hidden_BLE[row_P, stops[turn_P]])
        return info_nce(self.vectors_of_images(sight)[row_P], text_PE, self.log_scale)


def tensor_on(pictures: Tensor, device: torch.device) -> Tensor:
    """Pictures as floats of order one, on a device."""
    return (pictures.to(device).float() / 255 - 0.5) * 4


def _queries(hidden_BLE: Tensor, asked_P3: Tensor, stops: Tensor) -> Queries:
    """Gather the last states of one task's turns (turn, row, concept)."""
    turn_P, row_P, concept_P = asked_P3.unbind(1)
    batch = len(hidden_BLE)
    count_B = torch.bincount(row_P, minlength=batch)
    most = int(count_B.max())
    first_B = count_B.cumsum(0) - count_B
    slot_P = torch.arange(len(row_P), device=row_P.device) - first_B[row_P]
    state_BQE = hidden_BLE.new_zeros(batch, most, hidden_BLE.shape[-1])
    state_BQE = state_BQE.index_put((row_P, slot_P), hidden_BLE[row_P, stops[turn_P]])
    concept_BQ = torch.zeros(batch, most, dtype=torch.long, device=row_P.device)
    concept_BQ[row_P, slot_P] = concept_P
    real_BQ = torch.arange(most, device=row_P.device)[None] < count_B[:, None]
    return Queries(state_BQE, concept_BQ, real_BQ)


def _presence_loss(logit_BK: Tensor, present_BK: Tensor) -> Tensor:
    """Cross-entropy where presence is known; zero where nothing is."""
    known = ~present_BK.isnan()
    if not known.any():
        return logit_BK.sum() * 0
    return F.binary_cross_entropy_with_logits(logit_BK[known], present_BK[known])
