"""What is BiomedParse's own: texts as the only prompts, one query that a text means, and a test of what it drew."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic.cli.show import parameter_count
from polyclinic.objectives.labels import target_at
from polyclinic.objectives.queries import phrase_loss
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Finding, Study
from polyclinic.systems import biomedparse
from polyclinic.systems.biomedparse import PRESETS, Config, Model, recognised, statistics

STUDIES = [study for i in range(4) for study in Phantom("chest", 3, Dials(size=64)).studies(i)]
SMALL = dataclasses.replace(PRESETS["nano"], width=16, hidden=16, text_width=16, queries=3, layers=2)


def made(config: Config = SMALL) -> tuple[Model, dict[str, Any]]:
    """A fresh model and a batch."""
    torch.manual_seed(0)
    model = Model.from_studies(config, STUDIES)
    view = model.view(STUDIES)
    return model, view.collate([view.sample(i, np.random.default_rng(i)) for i in range(3)])


@pytest.fixture(scope="module")
def fresh() -> tuple[Model, dict[str, Any]]:
    model, batch = made()
    return model.eval(), batch


def silenced(layers: torch.nn.Module) -> None:
    """Whatever goes in, zeros come out."""
    for parameter in layers.parameters():
        torch.nn.init.zeros_(parameter)


def test_only_objects_that_are_there_are_named_in_training(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    for _ in range(5):
        item, number, there = model._drawn(batch)
        assert there.all()
        assert batch["target"][item, number].flatten(1).amax(1).gt(0.5).all()
        assert item.bincount().max() <= SMALL.texts
    empty = batch | {"target": torch.zeros_like(batch["target"])}
    assert model._drawn(empty)[2].tolist() == [0]
    assert model(empty)["loss"] == 0


def test_an_object_is_named_in_all_the_ways_to_say_it(fresh: tuple[Model, dict[str, Any]]) -> None:
    model = fresh[0]
    text = model.say(STUDIES[0], None)
    assert text == "in chest X-ray"
    assert {model._said("heart", text) for _ in range(60)} >= {f"heart {text}", f"cardiac silhouette {text}"}


def test_the_loss_is_the_sum_over_layers(fresh: tuple[Model, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    model, batch = fresh
    item, number = torch.tensor([0, 1, 2]), torch.tensor([model.plan.classes.index("heart")] * 3)
    monkeypatch.setattr(model, "_drawn", lambda _: (item, number, torch.ones(3)))
    monkeypatch.setattr(model, "_said", lambda name, text: f"{name} {text}")
    shown = model(batch)
    found = model.network(batch["image"], model.ask([f"heart {text}" for text in batch["texts"]], item))
    target = target_at(batch["target"], found[0].masks_NQYX.shape[2:])[item, number]
    parts = [phrase_loss(each.masks_NQYX, each.like_NQ, target, torch.ones(3), 0.4) for each in found]
    assert len(parts) == SMALL.layers + 1
    torch.testing.assert_close(shown["drawn"], sum(part[0] for part in parts))
    torch.testing.assert_close(shown["means"], sum(part[1] for part in parts))
    torch.testing.assert_close(shown["loss"], shown["drawn"] + 0.4 * shown["means"] + 0.4 * shown["kind"])
    assert model.kinds == ("finding", "organ")


def test_the_query_that_the_text_means_gives_the_mask(fresh: tuple[Model, dict[str, Any]]) -> None:
    model, batch = fresh
    found = model.network(batch["image"], model.ask([f"heart {text}" for text in batch["texts"]], torch.arange(3)))[-1]
    best = model.best(batch["image"], batch["texts"], ["heart"])
    for i, query in enumerate(found.like_NQ.argmax(1).tolist()):
        torch.testing.assert_close(best[i, 0], found.masks_NQYX[i, query], atol=1e-4, rtol=1e-4)
    assert model.logits(batch["image"], batch["texts"], ["heart", "spine"])[0].shape == (3, 2, 64, 64)


def test_numbers_of_a_mask() -> None:
    mask, image = torch.tensor([[2.0, -1.0], [1.0, -3.0]]), torch.tensor([[[1.0, 9.0], [3.0, 9.0]]])
    found = statistics(mask, image)
    assert found is not None
    torch.testing.assert_close(found, torch.tensor([1.5, 2.0]).sigmoid())
    assert statistics(-mask.abs(), image) is None


def test_training_fills_the_memory_and_judging_asks_it() -> None:
    model, batch = made()
    model.eval()(batch)
    assert not model.memory.moments_MKS3.any()
    model.train()(batch)
    assert model.memory.moments_MKS3[model._modality("in chest X-ray")].any()
    assert not model.memory.moments_MKS3[model._modality("in chest CT")].any()
    model.eval()
    silenced(model.network.mask)
    assert model.judge(STUDIES[0], ["heart"]) == [0.0]  # an empty mask is of nothing


def test_what_is_unlike_training_is_judged_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made()[0].eval()
    text = model.say(STUDIES[0], None)
    at = model._modality(text), model.plan.classes.index("heart")
    values = torch.full((200, 2), 0.7) + torch.linspace(-0.05, 0.05, 200)[torch.randperm(200), None]
    model.memory.note(torch.full((200,), at[0]), torch.full((200,), at[1]), values)
    assert model._judged("heart", text, torch.tensor([0.7, 0.7])) > 0.8
    assert model._judged("cardiac silhouette", text, torch.tensor([0.7, 0.7])) > 0.8
    assert model._judged("heart", text, torch.tensor([0.7, 0.3])) < 0.01
    assert model._judged("heart", "in chest CT", torch.tensor([0.7, 0.3])) < 0.01  # as where it was met
    assert model._judged("a name it never met", text, torch.tensor([0.7, 0.3])) == 0.5
    plain = made(dataclasses.replace(SMALL, judge="confidence"))[0]
    assert plain._judged("heart", text, torch.tensor([0.6, 0.1])) == pytest.approx(0.6)
    monkeypatch.setattr(model, "judge", lambda study, names: [float(name == "heart") for name in names])
    assert [r.name for r in model.segment(STUDIES[:1], [[]])[0]] == ["heart"]
    assert [r.score for r in model.segment(STUDIES[:1], [["spine", "heart"]])[0]] == [0.0, 1.0]
    assert model.find(STUDIES[:1], ["spine"]) == [[]]


def test_names_that_are_unsure_are_not_scored() -> None:
    class Told:
        """Judges as it is told."""

        def classify(self, studies: Any, names: Any) -> Any:
            return [{"heart": 0.9, "mass": 0.4, "nodule": 0.0, "spleen": 0.1} for _ in studies]

    drawn = dataclasses.replace(STUDIES[0], findings=(Finding("mass", False), Finding("nodule", None)))
    heart: Study = dataclasses.replace(drawn, regions=tuple(r for r in drawn.regions if r.name == "heart"))
    assert recognised(Told(), [heart], ["heart", "mass", "nodule", "spleen"]) == 1


def test_the_paper_preset_has_the_papers_parts() -> None:
    with torch.device("meta"):
        model = biomedparse.build_meta(PRESETS["paper"])
    assert model.network.start_QE.shape == (101, 512)
    assert len(model.network.queries.layers) == 9
    assert len(model.network.level_LE) == 3
    assert len(model.reader.blocks) == 12
    count = parameter_count(biomedparse, PRESETS["paper"])
    assert count is not None
    assert 300e6 < count < 340e6
