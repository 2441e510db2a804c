"""What is BiomedCoOp's own: a shared context, descriptions that hold it, their selection, and few images."""

import dataclasses
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from polyclinic.cli.show import parameter_count
from polyclinic.errors import CheckpointError
from polyclinic.objectives.prompting import context_mapping, distilled, selected_classes, typical
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.systems import biomedcoop
from polyclinic.systems.biomedcoop import PRESETS, Config, Model, classes_of, descriptions_of, stages

DIALS = Dials(size=64, prevalence=0.2, most_kinds=1)
STUDIES = [study for i in range(30) for study in Phantom("skin", 3, DIALS).studies(i)]


def made(config: Config) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch of labelled images."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES).eval()
    view = model.view(STUDIES).of("few")
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(len(view))])


def test_the_losses_are_the_papers_written_out() -> None:
    model, batch = made(PRESETS["nano"])
    with torch.no_grad():
        losses = model(batch)
        image_BE, learned_KE = model.image_vectors(model.look(batch["pictures"])), model.class_vectors(model.classes)
        student_BK = (model.log_scale.exp() * image_BE @ learned_KE.T).log_softmax(-1)
        images = -student_BK[torch.arange(len(image_BE)), batch["class"]].mean()
        described_KNE = model.described()
        mean_KE = F.normalize(described_KNE.mean(1), dim=-1)
        score_N = torch.stack(
            [(model.log_scale.exp() * image_BE @ described_KNE[:, n].T).amax(1).mean() for n in range(20)]
        )
        deviation = (score_N - score_N.quantile(0.5)).abs()
        kept = deviation <= 1.5 * deviation.quantile(0.5)
        teacher_KE = F.normalize(described_KNE[:, kept].mean(1), dim=-1)
        teacher_BK = (model.log_scale.exp() * image_BE @ teacher_KE.T).log_softmax(-1)
    assert 10 <= int(kept.sum()) < 20
    divergence = (teacher_BK.exp() * (teacher_BK - student_BK)).mean()
    torch.testing.assert_close(losses["images"], images)
    torch.testing.assert_close(losses["mapping"], 64 * (learned_KE - mean_KE).square().mean())
    torch.testing.assert_close(losses["distillation"], 6 * divergence, atol=1e-6, rtol=1e-3)
    assert set(made(PRESETS["images-only"])[0](batch)) == {"loss", "images"}
    assert set(made(PRESETS["mapping-only"])[0](batch)) == {"loss", "images", "mapping"}


def test_descriptions_that_stand_out_do_not_vote() -> None:
    """Three alike and one that no image comes near: without it the mean is theirs."""
    near, far = torch.tensor([1.0, 0.0]), torch.tensor([-1.0, 0.0])
    described_KNE = torch.stack([near, near, F.normalize(torch.tensor([1.0, 0.1]), dim=0), far])[None]
    image_BE, scale = near[None], torch.tensor(1.0)
    assert selected_classes(image_BE, described_KNE, scale, 1.5)[0, 1] < 0.04
    assert selected_classes(image_BE, described_KNE, scale, None)[0, 1] > 0.045


def test_one_outlier_does_not_hide_another_as_it_would_with_a_standard_deviation() -> None:
    score_N = torch.tensor([1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 5.0, 100.0])
    assert not typical(score_N, 4.0)[-2:].any()
    assert typical(score_N, 4.0)[:-2].all()
    assert typical(torch.ones(5), 1.5).all()


def test_hand_values_of_both_losses() -> None:
    """Opposite unit vectors in two channels lie a squared 4 apart over 2; equal logits diverge by nothing."""
    up, down = torch.tensor([[0.0, 1.0]]), torch.tensor([[[0.0, -1.0]]])
    assert context_mapping(up, down).item() == 2.0
    assert distilled(torch.tensor([[1.0, 1.0]]), torch.tensor([[3.0, 3.0]])).item() == pytest.approx(0.0, abs=1e-7)
    certain, even = torch.tensor([[100.0, 0.0]]), torch.zeros(1, 2)
    assert distilled(even, certain).item() == pytest.approx(np.log(2) / 2)


def test_only_the_context_learns_from_the_few() -> None:
    pairs, few = stages(PRESETS["nano"])
    assert (pairs.name, few.name) == ("pairs", "context")
    model, batch = made(PRESETS["nano"])
    assert few.trainable is not None
    assert [p.shape for p in few.trainable(model)] == [model.shift_PE.shape]
    model(batch)["loss"].backward()
    assert model.shift_PE.grad is not None
    assert all(weight.grad is None for weight in model.image_encoder.parameters())
    before = model.classify(STUDIES[:1], ["melanoma", "never seen"])[0]
    model.shift_PE.data.normal_()
    assert abs(model.classify(STUDIES[:1], ["melanoma", "never seen"])[0]["melanoma"] - before["melanoma"]) > 1e-5


def test_a_context_that_has_learned_nothing_is_its_words() -> None:
    model, _ = made(PRESETS["nano"])
    words = model.embed_texts(["a photo of a melanoma."])
    np.testing.assert_allclose(model.class_vectors(["melanoma"]).detach(), words, atol=1e-5)


def test_so_many_images_a_class_and_only_those_that_are_one_thing() -> None:
    model, _ = made(PRESETS["nano"])
    for shots in (1, 2):
        model.config = dataclasses.replace(PRESETS["nano"], shots=shots)
        view = model.view(STUDIES).of("few")
        drawn = [view.sample(i, np.random.default_rng(0))["class"] for i in range(len(view))]
        people = {(number, study.subject) for number, study in zip(view.classes, view.studies, strict=True)}
        numbers = [number for number, _ in people if number >= 0]
        assert all(drawn.count(number) == min(shots, numbers.count(number)) for number in set(numbers))
        assert -1 not in drawn


def test_descriptions_are_kept_until_the_text_encoder_changes() -> None:
    model, _ = made(PRESETS["nano"])
    first = model.described()
    assert model.described() is first
    with torch.no_grad():
        model.text_encoder.bert.embeddings.word_embeddings.weight.mul_(1.5)  # type: ignore[attr-defined]
    assert not torch.allclose(model.described(), first)


def test_every_class_has_as_many_descriptions_and_names_itself_first() -> None:
    held = tomllib.loads((resources.files("polyclinic.systems") / "biomedcoop.toml").read_text("utf-8"))
    model, _ = made(PRESETS["nano"])
    assert set(model.classes) == set(held)
    for name, ways in held.items():
        assert len(ways) == len(set(ways)) == 20
        assert name in ways[0]
    assert descriptions_of("wart", 7) == [*(t.format("wart") for t in biomedcoop.TEMPLATES), "wart"]
    assert classes_of(model.outlook, "class") == model.classes


def test_an_encoder_comes_from_a_folder_and_trains_no_more(tmp_path: Path) -> None:
    model, _ = made(PRESETS["nano"])
    model.save_pretrained(tmp_path)
    config = dataclasses.replace(PRESETS["nano"], weights=str(tmp_path))
    again = Model.from_studies(config, STUDIES).eval()
    np.testing.assert_array_equal(again.embed_images(STUDIES[:2]), model.embed_images(STUDIES[:2]))
    assert [stage.name for stage in stages(config)] == ["context"]
    with pytest.raises(CheckpointError, match="no encoder of these sizes"):
        Model.from_studies(dataclasses.replace(config, width=48), STUDIES)


def test_a_published_context_takes_the_words_place(tmp_path: Path) -> None:
    """Read from the published layout: what stands in front of a name is then that context and nothing else."""
    model, _ = made(PRESETS["nano"])
    context_PE = torch.randn(model.shift_PE.shape)
    save_file({"prompt_learner.ctx": context_PE}, tmp_path / "context.safetensors")
    model.take_context(tmp_path / "context.safetensors")
    words = model.text_encoder.bert.embeddings.word_embeddings  # type: ignore[attr-defined]
    torch.testing.assert_close(words(model.start_P) + model.shift_PE, context_PE)
    before = model.class_vectors(["naevus"])
    with torch.no_grad():
        words.weight[model.start_P] += 1.0
    model.take_context(tmp_path / "context.safetensors")
    torch.testing.assert_close(model.class_vectors(["naevus"]), before, atol=1e-4, rtol=1e-4)
    save_file({"prompt_learner.ctx": context_PE[:1, :3].contiguous()}, tmp_path / "small.safetensors")
    for file in ("small.safetensors", "missing.safetensors"):
        with pytest.raises(CheckpointError, match="holds no context"):
            model.take_context(tmp_path / file)


def test_the_paper_preset_adds_a_context_to_biomedclip() -> None:
    context = 4 * 768
    clip = parameter_count(biomedcoop, PRESETS["paper"])
    assert clip is not None
    assert clip - context == pytest.approx(195.9e6, rel=0.001)
