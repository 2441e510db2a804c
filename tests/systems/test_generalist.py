"""The generalist end to end on a small phantom collection: builds, learns, does its verbs, comes back from disk."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from polyclinic.bodies.assistant.language import report_prompt
from polyclinic.bodies.assistant.packing import Segment, pack
from polyclinic.bodies.assistant.verbs import _look
from polyclinic.errors import CheckpointError
from polyclinic.phantom.world import Phantom
from polyclinic.study import Image, Region, Study, Turn
from polyclinic.systems.generalist import PRESETS, Config, Model, stages
from polyclinic.verbs import Ask, provided

TINY = dataclasses.replace(
    PRESETS["nano"],
    image_size=64,
    widths=(16, 16, 32),
    depths=(1, 1, 1),
    query_width=32,
    width=32,
    depth=1,
    vocabulary=400,
)


@pytest.fixture(scope="module")
def studies() -> list[Study]:
    world = Phantom("chest", seed=3)
    return [study for i in range(6) for study in world.studies(i)]


@pytest.fixture(scope="module", autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture(scope="module")
def model(studies: list[Study]) -> Model:
    return Model.from_studies(TINY, studies).eval()


def batch_of(model: Model, studies: list[Study], count: int = 4) -> dict:
    view = model.view(studies)
    return view.collate([view.sample(i, np.random.default_rng(i)) for i in range(count)])


def test_every_loss_is_finite_and_every_weight_learns(studies: list[Study]) -> None:
    model = Model.from_studies(dataclasses.replace(TINY, match=1.0, report=1.0), studies)
    losses = model(batch_of(model, studies, len(studies)))
    losses["loss"].backward()
    assert all(torch.isfinite(value) for value in losses.values())
    assert not [name for name, p in model.named_parameters() if p.grad is None]


def test_boxes_without_masks_are_enough(studies: list[Study]) -> None:
    boxed = [
        dataclasses.replace(s, regions=tuple(dataclasses.replace(region, mask=None) for region in s.regions))
        for s in studies
    ]
    model = Model.from_studies(TINY, boxed)
    losses = model(batch_of(model, boxed))
    losses["loss"].backward()
    assert losses["mask"].item() == 0
    assert losses["box"].item() > 0


def test_one_batch_is_learnt(studies: list[Study]) -> None:
    torch.manual_seed(0)
    model = Model.from_studies(TINY, studies)
    batch = batch_of(model, studies)
    optimiser = torch.optim.AdamW(model.parameters(), 5e-3)
    first = model(batch)["loss"].item()
    for _ in range(25):
        optimiser.zero_grad()
        model(batch)["loss"].backward()
        optimiser.step()
    assert model(batch)["loss"].item() < 0.6 * first


def test_it_provides_what_its_card_says(model: Model) -> None:
    assert provided(model) == ["embed", "classify", "answer", "report", "segment", "find"]


def test_alone_is_as_in_a_batch(model: Model, studies: list[Study]) -> None:
    asks = [Ask(s, q, options=("yes", "no")) for s in studies[:3] for q in ("Is there mass?", "Is there nodule?")]
    together = model.answer(asks)
    alone = [model.answer([ask])[0] for ask in asks]
    np.testing.assert_allclose([a.confidence for a in together], [a.confidence for a in alone], atol=1e-4)


def test_closed_answers_are_among_the_options(model: Model, studies: list[Study]) -> None:
    (answer,) = model.answer([Ask(studies[0], "How large is it?", options=("small", "large"))])
    assert answer.text in ("small", "large")
    assert sum(answer.scores.values()) == pytest.approx(1.0)


def test_without_an_image_only_words_count(model: Model, studies: list[Study]) -> None:
    bare = [dataclasses.replace(study, images=()) for study in studies[:2]]
    one, two = model.answer([Ask(study, "Is there mass?", options=("yes", "no")) for study in bare])
    assert one.confidence == pytest.approx(two.confidence, abs=1e-5)


def test_evidence_reaches_the_answer(model: Model, studies: list[Study], monkeypatch: pytest.MonkeyPatch) -> None:
    """Switching the concepts' evidence off changes what is answered: it is read, not only trained."""
    ask = Ask(studies[0], "Is there effusion?", options=("yes", "no"))
    before = model.answer([ask])[0].confidence
    read = model.connector.read
    monkeypatch.setattr(read[-1], "forward", torch.zeros_like)
    assert model.answer([ask])[0].confidence != pytest.approx(before, abs=1e-7)


def test_masks_boxes_and_vectors_have_their_shapes(model: Model, studies: list[Study]) -> None:
    masks = model.segment(studies[:2], [["heart", Region("heart", box=(0, 0, 20, 20))], []])
    assert [len(each) for each in masks] == [2, len(model.reading.survey.masks)]
    assert masks[0][0].array.shape == (128, 128)
    assert not masks[0][1].array[:, 20:].any()
    assert all(
        r.box is not None and r.score is not None for each in model.find(studies[:2], ["mass"] * 2) for r in each
    )
    for vectors in (model.embed_images(studies[:3]), model.embed_texts(["a", "b", "large effusion"])):
        assert vectors.shape == (3, TINY.match_width)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert model.embed_texts([]).shape == (0, TINY.match_width)


def test_reports_and_classes(model: Model, studies: list[Study]) -> None:
    assert [report.language for report in model.report(studies[:2], "zh")] == ["zh", "zh"]
    (found,) = model.classify(studies[:1], ["mass", "F", "unheard of"])
    assert all(0 <= p <= 1 for p in found.values())


def test_it_comes_back_from_disk(model: Model, studies: list[Study], tmp_path: object) -> None:
    model.save_pretrained(tmp_path)
    again = Model.from_pretrained(tmp_path)
    asks = [Ask(studies[0], "Is there mass?", options=("yes", "no")), Ask(studies[0], "Where is it?")]
    assert again.answer(asks) == model.answer(asks)
    assert model.load_compatible(tmp_path) == []
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(CheckpointError):
        Model.from_pretrained(tmp_path)


def test_the_stages_follow_the_config() -> None:
    look, speak = stages(Config(steps=10, batch=3, look=0.6))
    assert (look.steps, speak.steps, look.batch) == (6, 4, 3)
    assert [stage.name for stage in stages(Config(look=0.0))] == ["speak"]


def test_the_first_stage_only_looks(studies: list[Study]) -> None:
    model = Model.from_studies(TINY, studies)
    quiet = stages(TINY)[0].view(model.view(studies))
    losses = model(quiet.collate([quiet.sample(i, np.random.default_rng(i)) for i in range(4)]))
    assert losses["language"].item() == 0
    assert losses["mask"].item() > 0


def test_the_second_stage_leaves_taught_eyes_alone(studies: list[Study]) -> None:
    model = Model.from_studies(TINY, studies)
    batch = batch_of(model, studies)
    learns = {id(p) for p in stages(TINY)[1].trainable(model)}
    for parameter in model.parameters():
        parameter.requires_grad_(id(parameter) in learns)
    losses = model(batch)
    losses["loss"].backward()
    assert losses["presence"].item() == 0
    assert losses["language"].item() > 0
    assert all(p.grad is None for part in model.eyes for p in part.parameters())


def test_writing_reads_its_own_words_as_training_does(model: Model, studies: list[Study]) -> None:
    """A word that was just written carries the evidence of what it names, as in a packed turn."""
    (study,) = studies[:1]
    ids = model.tokens.encode(" nodule mass")
    sight, _ = _look(model, [study])
    packed = pack([[Segment((*report_prompt(model.tokens, "en"), *ids), 3)]])
    plain = model._embed(sight, packed)[0, -len(ids) :]
    written = [model.embed_words(sight, torch.tensor([[i]]), torch.ones(1, 1, dtype=torch.bool))[0, 0] for i in ids]
    assert torch.allclose(plain, torch.stack(written), atol=1e-6)
    bare = model.language.get_input_embeddings()(torch.tensor(ids))
    assert not torch.allclose(plain, bare, atol=1e-3)


def test_without_names_to_look_for_it_speaks_from_the_start() -> None:
    image = Image.from_array(np.eye(64, dtype=np.uint8) * 200, modality="DX")
    told = [Study(f"s{i}", f"p{i}", images=(image,), turns=(Turn("What is it?", f"{i}"),)) for i in range(3)]
    model = Model.from_studies(TINY, told)
    quiet = stages(TINY)[0].view(model.view(told))
    losses = model(quiet.collate([quiet.sample(i, np.random.default_rng(i)) for i in range(3)]))
    assert losses["language"].item() > 0
    assert set(stages(TINY)[1].trainable(model)) == set(model.parameters())
