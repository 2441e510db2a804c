"""What is asked of every system, on its nano preset and a few phantom patients, on a processor, without network.

A system is exempt from a check where its card says so, with a reason; such checks are skipped, so that pytest counts
them, and there is a ceiling on their number. The template passes as `polyclinic new` writes it.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import functools
import importlib.metadata
import importlib.util
import re
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from polyclinic import registry
from polyclinic.claims.trial import SystemTrial, measure
from polyclinic.cli.new import written
from polyclinic.cli.show import parameter_count
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom
from polyclinic.study import Region, Study
from polyclinic.verbs import Ask, Explanation, drawable, provided

ROOT = Path(__file__).parents[2]
FEWEST_SYSTEMS = 26
MOST_EXEMPTIONS = 1
MOST_FIELDS = 25
CHECKS = {
    "card",
    "claim",
    "imports",
    "page",
    "size",
    "build",
    "gradients",
    "memorises",
    "repeats",
    "disk",
    "verbs",
    "alone",
}
NEW = "new-system"
SYSTEMS = [*registry.systems(), NEW]
SLOWEST_BUILD_S, STEPS, SAMPLES, SMALL = 5.0, 20, 4, 32
LEARNT, CLOSE = 0.75, 0.02


@dataclasses.dataclass
class Built:
    """A system with its module, a model of its nano preset, and what the model was made from."""

    entry: registry.Entry
    module: ModuleType
    studies: Sequence[Study]
    model: Any
    seconds: float

    def fresh(self) -> Any:
        """Another model of the same seed."""
        torch.manual_seed(0)
        return self.module.Model.from_studies(self.module.PRESETS["nano"], self.studies)

    def batch(self, number: int = 0) -> Any:
        """A batch that is a pure function of its number."""
        view = self.model.view(self.studies)
        chosen = [(number * SAMPLES + i) % len(view) for i in range(SAMPLES)]
        return view.collate([view.sample(i, np.random.default_rng((number, i))) for i in chosen])


class ShortTrial(SystemTrial):
    """A trial of one step, with few patients and small pictures."""

    def __init__(self, system: str) -> None:
        super().__init__(system, steps=1, seed=0)

    def patients(self, domain: str, count: int, *, held_out: bool = False, **dials: Any) -> Sequence[Study]:
        """As many as a score needs to be a number."""
        small = dials | {"size": min(dials.get("size", SMALL), SMALL)}
        return super().patients(domain, min(count, 6 if held_out else 12), held_out=held_out, **small)


@pytest.fixture(scope="module", autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        yield


@pytest.fixture(scope="module", params=SYSTEMS)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket.socket, "connect", _refuse)
        if request.param == NEW:
            yield build(*imported(written(NEW, outside=True)[0], tmp_path_factory.mktemp("package")))
        else:
            yield build(registry.find(request.param), registry.load(request.param))
    sys.modules.pop("new_system", None)


def build(entry: registry.Entry, module: ModuleType) -> Built:
    """A model from a few phantom patients."""
    world = Phantom(entry.card.phantom, 3, Dials(size=64))
    studies = [study for i in range(6) for study in world.studies(i)]
    made = Built(entry, module, studies, None, 0.0)
    began = time.process_time()
    made.model = made.fresh().eval()
    made.seconds = time.process_time() - began
    return made


distributions = functools.cache(importlib.metadata.packages_distributions)


def _refuse(*_: Any) -> None:
    raise OSError("a system that is built needs no network")


def imported(text: str, folder: Path) -> tuple[registry.Entry, ModuleType]:
    """A system's text as a module outside of the package."""
    path = folder / "new_system.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location("new_system", path)
    assert spec is not None
    module = sys.modules["new_system"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return registry._read(path, "new_system"), module


def asked(built: Built, check: str) -> None:
    """Skip where the card exempts the system, with its reason."""
    if reason := built.entry.card.exempt.get(check):
        pytest.skip(f"{built.entry.card.id} is exempt from {check}: {reason}")


def plain(result: Any) -> Any:
    """A verb's result as values that compare."""
    if isinstance(result, np.ndarray):
        return result.tolist()
    if isinstance(result, tuple | list):
        return [plain(item) for item in result]
    if isinstance(result, Explanation):
        return [plain(result.heat), result.concepts]
    return result


def known_mask(model: Any) -> str:
    """The heart, or where a system cannot draw that, the first that it can."""
    return next(iter(drawable(model, ["heart"])), None) or str(model.only_masks[0])


def outputs(model: Any, studies: Sequence[Study]) -> dict[str, Any]:
    """What each verb says of a few Studies."""
    asks = [Ask(study, "Is there mass?", options=("yes", "no")) for study in studies]
    calls = {
        "embed": lambda: (model.embed_images(studies), model.embed_texts(["mass"])),
        "classify": lambda: model.classify(studies, ["mass", "effusion"]),
        "answer": lambda: model.answer(asks),
        "report": lambda: model.report(studies),
        "segment": lambda: model.segment(
            studies, [[n := known_mask(model), Region(n, box=(0, 0, 20, 20))] for _ in studies]
        ),
        "find": lambda: model.find(studies, ["mass"] * len(studies)),
        "risk": lambda: model.risk(studies),
        "explain": lambda: model.explain(studies, ["mass"] * len(studies)),
        "forecast": lambda: model.forecast([[study] for study in studies], [30.0] * len(studies)),
    }
    return {verb: plain(calls[verb]()) for verb in provided(model) if verb in calls}


def test_there_are_systems() -> None:
    assert len(registry.systems()) >= FEWEST_SYSTEMS


def test_exemptions_are_few_and_explained() -> None:
    cards = [entry.card for entry in registry.systems().values()]
    exempt = [(card.id, check, reason) for card in cards for check, reason in card.exempt.items()]
    assert len(exempt) <= MOST_EXEMPTIONS, exempt
    assert not [one for one in exempt if one[1] not in CHECKS or len(one[2]) < 20]


def test_the_card_is_complete(built: Built) -> None:
    asked(built, "card")
    card = built.entry.card
    stem = built.entry.file.parent.name if built.entry.file.name == "__init__.py" else built.entry.file.stem
    assert card.id == stem.replace("_", "-")
    assert card.title
    assert card.verbs
    assert card.kinds
    assert 2000 < card.year < 2100
    assert built.entry.presets[0] == "nano"
    assert len(dataclasses.fields(built.module.Config)) <= MOST_FIELDS
    assert len((built.module.__doc__ or "").split("\n\n")) > 1, "what it does, what is its own, how to try it"
    assert "Try: " in built.module.__doc__


def test_what_is_checked_by_a_claim_has_one(built: Built) -> None:
    asked(built, "claim")
    claim = built.entry.claim
    assert claim is not None or built.entry.card.checked != "claim"
    if claim is not None:
        assert callable(built.module.claim)
        assert claim.arms[0] in built.entry.presets


def test_its_claim_can_be_measured(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every arm, after a step on few patients; what comes of it is for `polyclinic prove` to say."""
    asked(built, "claim")
    entry = built.entry
    if entry.claim is None:
        pytest.skip(f"{entry.card.id} makes no claim")
    monkeypatch.setattr(registry, "systems", lambda: {entry.card.id: entry})
    for arm in entry.claim.arms:
        assert measure(built.module.claim, arm, ShortTrial(entry.card.id)) is not None


def test_it_imports_what_the_package_requires_and_no_more(built: Built) -> None:
    asked(built, "imports")
    needed = {re.split(r"[^\w-]", line)[0] for line in importlib.metadata.requires("polyclinic") if "extra" not in line}
    allowed = (
        {name for name, homes in distributions().items() if needed & {*homes}}
        | sys.stdlib_module_names
        | {"polyclinic"}
    )
    body = ast.parse(built.entry.file.read_text("utf-8")).body
    names = [alias.name for node in body if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in body if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.split(".")[0] not in allowed]


def test_it_has_a_page(built: Built) -> None:
    asked(built, "page")
    if built.entry.module.startswith("polyclinic.systems."):
        assert (ROOT / "docs" / "systems" / f"{built.entry.card.id}.md").is_file()


def test_its_size_is_the_published_one(built: Built) -> None:
    asked(built, "size")
    published = built.entry.card.published.get("parameters")
    if published is not None:
        assert "paper" in built.entry.presets
        count = parameter_count(built.module, built.module.PRESETS["paper"])
        assert count is not None, "published parameters need a build_meta(config)"
        assert abs(count / published - 1) <= CLOSE or built.entry.card.differs


def test_it_builds_at_once(built: Built) -> None:
    asked(built, "build")
    assert built.seconds < SLOWEST_BUILD_S


def test_every_loss_is_finite_and_every_weight_learns(built: Built) -> None:
    asked(built, "gradients")
    model = built.fresh()
    for number in range(3):
        losses = model(built.batch(number))
        assert all(torch.isfinite(value) for value in losses.values())
        losses["loss"].backward()
    learning = {name: p for name, p in model.named_parameters() if p.requires_grad}
    assert learning
    assert not [name for name, p in learning.items() if p.grad is None or not torch.isfinite(p.grad).all()]


def test_one_batch_is_memorised(built: Built) -> None:
    asked(built, "memorises")
    model, batch = built.fresh(), built.batch()
    rate = max(stage.learning_rate for stage in built.module.stages(built.module.PRESETS["nano"]))
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], rate)
    losses: list[float] = []
    # The least counts, since a rate that suits hundreds of steps may jump in any one of so few.
    while len(losses) < STEPS and not (losses and min(losses) < LEARNT * losses[0]):
        optimiser.zero_grad()
        loss = model(batch)["loss"]
        losses.append(loss.item())
        loss.backward()
        optimiser.step()
    assert min(losses) < LEARNT * losses[0]


def test_the_same_seed_gives_the_same_numbers(built: Built) -> None:
    asked(built, "repeats")
    losses = []
    for _ in range(2):
        model = built.fresh()
        losses.append(model(built.batch())["loss"].item())
    assert losses[0] == losses[1]


def test_it_comes_back_from_disk(built: Built, tmp_path: Path) -> None:
    asked(built, "disk")
    built.model.save_pretrained(tmp_path)
    again = built.module.Model.from_pretrained(tmp_path)
    assert type(again) is built.module.Model
    assert not again.training
    assert outputs(again, built.studies[:2]) == outputs(built.model, built.studies[:2])
    assert not [path.name for path in tmp_path.iterdir() if path.suffix not in (".json", ".safetensors")]


def test_it_provides_its_verbs(built: Built) -> None:
    asked(built, "verbs")
    assert set(provided(built.model)) == set(built.entry.card.verbs)
    said = outputs(copy.deepcopy(built.model), built.studies[:2])
    assert all(said.values())


def test_an_item_alone_is_as_in_a_batch(built: Built) -> None:
    asked(built, "alone")
    studies = built.studies[:3]
    if "classify" in built.entry.card.verbs:
        together = built.model.classify(studies, ["mass"])
        alone = [built.model.classify([study], ["mass"])[0] for study in studies]
        np.testing.assert_allclose([row["mass"] for row in together], [row["mass"] for row in alone], atol=1e-4)
    if "embed" in built.entry.card.verbs:
        alone = np.concatenate([built.model.embed_images([study]) for study in studies])
        np.testing.assert_allclose(built.model.embed_images(studies), alone, atol=1e-4)
    if "answer" in built.entry.card.verbs:
        asks = [Ask(study, "Is there mass?", options=("yes", "no")) for study in studies]
        alone = [built.model.answer([ask])[0].confidence for ask in asks]
        np.testing.assert_allclose([answer.confidence for answer in built.model.answer(asks)], alone, atol=1e-4)


# What the faulty systems below need: numbers that change, and time that passes.
HELP = """
import itertools, time

SEEN = [4, 3, 2, 1]


def until(seconds):
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass
"""
FAULTS = [
    ("test_the_card_is_complete", 'id="new-system"', 'id="other"'),
    ("test_what_is_checked_by_a_claim_has_one", '"nano", "no-mirror"),', '"unheard-of", "no-mirror"),'),
    ("test_it_imports_what_the_package_requires_and_no_more", "import json\n", "import json\nimport pytest\n"),
    ("test_it_builds_at_once", "__init__()\n", "__init__()\n        until(0.11)\n"),
    (
        "test_every_loss_is_finite_and_every_weight_learns",
        "__init__()\n",
        "__init__()\n        self.unused = nn.Linear(1, 1)\n",
    ),
    ("test_one_batch_is_memorised", "logits_BK: Tensor = ", "logits_BK: Tensor = 1e-4 * "),
    ("test_the_same_seed_gives_the_same_numbers", "pictures_BYX.float()", "pictures_BYX.float() * float(SEEN.pop())"),
    ("test_it_comes_back_from_disk", "model.load_state_dict(", "("),
    ("test_it_provides_its_verbs", "def classify(", "def sort("),
    ("test_an_item_alone_is_as_in_a_batch", "return logits_BK\n", "return logits_BK - logits_BK.mean(0) * 0.5\n"),
]


@pytest.mark.parametrize(("check", "good", "bad"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_the_contract_sees(check: str, good: str, bad: str, tmp_path: Path) -> None:
    """Each check fails for a system that breaks it, and only for that reason."""
    text = written(NEW, outside=True)[0]
    assert good in text
    text = text.replace(good, bad, 1) + HELP
    with torch.random.fork_rng(), pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "new_system", None)
        patched.setattr(sys.modules[__name__], "SLOWEST_BUILD_S", 0.1)
        found = build(*imported(text, tmp_path))
        arguments = (found, tmp_path / "saved") if check == "test_it_comes_back_from_disk" else (found,)
        with pytest.raises(AssertionError):
            globals()[check](*arguments)
