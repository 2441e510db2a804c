"""What is ConceptCLIP's own: concepts against places, in a stage of their own, and the vote of both."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from polyclinic.cli.show import parameter_count
from polyclinic.errors import ConfigError
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Finding, Study
from polyclinic.systems import conceptclip
from polyclinic.systems.conceptclip import PRESETS, Config, Model, concept_spans, stages

STUDIES = [study for i in range(5) for study in Phantom("skin", 3, Dials(size=64, prevalence=0.4)).studies(i)]


def made(config: Config) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES).eval()
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])


def test_concepts_are_what_is_not_denied_and_how_it_is_described() -> None:
    shown = (Finding("mass", True, attributes={"side": "left", "size_mm": 3.0}), Finding("nodule", None))
    text = "Left: masses, no cyst, a nodule; massive."
    found = concept_spans(Study("1", "1", findings=(*shown, Finding("cyst", False))), text)
    assert [text[start:stop] for start, stop in found] == ["Left", "masses", "nodule"]


def test_spans_lie_on_the_tokens_of_their_words() -> None:
    model, batch = made(PRESETS["nano"])
    view = model.view(STUDIES)
    assert len(batch["spans"]) > 5
    for row, start, stop, _ in batch["spans"].tolist():
        words = model.tokens.tokenizer.decode(batch["texts"].ids_BL[row, start:stop])
        text = view.sample(row, np.random.default_rng(row))["text"].lower()
        known = {text[a:b].replace(" ", "") for a, b in concept_spans(view.studies[row], text)}
        assert words.replace(" ", "") in known


def test_the_loss_is_the_papers_written_out() -> None:
    """Pairs and concepts by a sigmoid each; a concept is of the image whose best place meets it."""
    model, batch = made(PRESETS["nano"])
    seen, read = model.look(batch["pictures"]), model.read(batch["texts"])
    cosine_BB = model.image_vectors(seen) @ model.text_vectors(read).T
    sign_BB = 2 * torch.eye(len(cosine_BB)) - 1
    pairs = -F.logsigmoid(sign_BB * (model.log_scale.exp() * cosine_BB + model.bias)).sum() / len(cosine_BB)
    words_BLE, total = model.word_head(read.tokens_BNE), torch.tensor(0.0)
    places_BNE = F.normalize(model.place_head(seen.tokens_BNE), dim=-1)
    for row, start, stop, kind in batch["spans"].tolist():
        concept_E = F.normalize(words_BLE[row, start:stop].mean(0), dim=0)
        logit_BN = model.concept_log_scale.exp() * places_BNE @ concept_E + model.concept_bias
        named = {other[0] for other in batch["spans"].tolist() if other[3] == kind}
        sign_B = torch.tensor([1.0 if image in named else -1.0 for image in range(len(logit_BN))])
        total = total - F.logsigmoid(sign_B * logit_BN.max(1).values).sum()
    losses = model(batch)
    torch.testing.assert_close(losses["pairs"], pairs)
    torch.testing.assert_close(losses["concepts"], total / len(batch["spans"]))
    torch.testing.assert_close(losses["loss"], pairs + 0.5 * total / len(batch["spans"]))


def test_only_the_second_stage_and_the_method_know_concepts() -> None:
    model, batch = made(PRESETS["nano"])
    first, second = stages(PRESETS["nano"])
    assert (first.steps, second.steps) == (80, 720)
    slower = stages(PRESETS["paper"])
    assert slower[1].learning_rate == pytest.approx(0.6 * slower[0].learning_rate)
    assert first.view is not None
    alone = first.view(model.view(STUDIES))
    plain = alone.collate([alone.sample(i, np.random.default_rng(i)) for i in range(len(alone))])
    torch.testing.assert_close(model(plain)["loss"], model(batch)["pairs"])
    other, again = made(PRESETS["global-only"])
    assert set(other(again)) == {"loss"}
    assert [stage.view for stage in stages(PRESETS["global-only"])] == [None]
    assert len(stages(PRESETS["one-stage"])) == 1


def test_a_vote_of_places_is_half_of_a_class() -> None:
    """The best of 64 places, 128 of 729 of them: eleven."""
    model, _ = made(PRESETS["nano"])
    names = ["melanoma", "naevus"]
    with torch.inference_mode():
        (pictures,), (texts,) = model.pictures(STUDIES[:2]), model.token_batches(names)
        seen, read = model.look(pictures), model.read(texts)
        phrases_KE = model.phrases(read, texts)
        expected_KE = torch.stack(
            [
                words[real >= 0].mean(0)
                for words, real in zip(model.word_head(read.tokens_BNE), texts.word_BL, strict=True)
            ]
        )
        torch.testing.assert_close(phrases_KE, F.normalize(expected_KE, dim=-1))
        best_BK = (model.place_vectors(seen) @ phrases_KE.T).sort(1, descending=True).values[:, :11].mean(1)
        local_BK = (model.concept_log_scale.exp() * best_BK).softmax(-1)
        prompts_KE = model.embed_texts([f"a dermatoscopy presents {name}" for name in names])
        whole_BK = (model.log_scale.exp() * torch.from_numpy(model.embed_images(STUDIES[:2]) @ prompts_KE.T)).softmax(
            -1
        )
    judged = [[row[name] for name in names] for row in model.classify(STUDIES[:2], names)]
    np.testing.assert_allclose(judged, (local_BK + whole_BK) / 2, atol=1e-5)


def test_concepts_are_annotated_one_by_one() -> None:
    """What another concept is asked for does not matter, and a concept without words is as likely as not."""
    for preset in ("nano", "global-only"):
        model, _ = made(PRESETS[preset])
        both = model.annotate(STUDIES[:2], ["melanoma", "naevus"])
        np.testing.assert_allclose(both[:, :1], model.annotate(STUDIES[:2], ["melanoma"]), atol=1e-5)
        assert both.shape == (2, 2)
        assert ((both > 0) & (both < 1)).all()


def test_an_explanation_has_a_map_and_concepts() -> None:
    model, _ = made(PRESETS["nano"])
    told = model.explain(STUDIES[:1], ["melanoma"])[0]
    assert told.heat is not None
    assert told.heat.shape == (64, 64)
    assert set(told.concepts) == set(model.outlook.findings)


def test_without_concepts_a_place_is_what_the_encoder_would_pool_from_it_alone() -> None:
    """Of a convolutional encoder the mean and the maximum, which are the place itself twice."""
    model, batch = made(dataclasses.replace(PRESETS["global-only"], encoder="conv-nano"))
    seen = model.look(batch["pictures"])
    place_BEYX = seen.maps[-1][:, :, :1, :1]
    alone_BE = torch.cat([place_BEYX.mean((2, 3)), place_BEYX.amax((2, 3))], dim=1)
    torch.testing.assert_close(model.place_vectors(seen)[:, 0], F.normalize(alone_BE, dim=-1))


def test_an_encoder_whose_places_do_not_fit_is_refused() -> None:
    with pytest.raises(ConfigError, match="no vectors in the common space"):
        Model.from_studies(dataclasses.replace(PRESETS["global-only"], encoder="resnet50-clip"), STUDIES)


def test_the_paper_preset_has_the_papers_parts() -> None:
    """SigLIP's ViT, a BERT base, its projection, two heads without biases, and two scales with biases."""
    vision, bert = parameter_count(conceptclip, PRESETS["paper"]), 30_522 * 768 + 512 * 768 + 4 * 768
    bert += 12 * (4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 4 * 768)
    heads = 768 * 1152 + 1152 + 2 * 1152 * 1152 + 768 * 1152 + 1152 * 1152 + 4
    assert vision is not None
    assert vision - bert - heads == pytest.approx(428e6, rel=0.005)  # table 1 of arXiv 2305.13035, with its pooling
