"""Heat maps, a model's own or by covering, and concepts that are moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from polyclinic.errors import UnsupportedError
from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.explaining import GRID, Cells, covered, followed, occlusion, why
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.store.collection import open_collection
from polyclinic.study import Image, Study
from polyclinic.verbs import Explanation

from .conftest import Draws

SIDE = 32


class Sees:
    """The probability is the brightness of one corner: rows and columns below 8 of 32."""

    def classify(self, studies: Sequence[Study], names: Sequence[str]) -> list[dict[str, float]]:
        corners = [float(study.images[0].pixels[0, :8, :8].mean()) / 255 for study in studies]
        return [dict.fromkeys(names, corner) for corner in corners]


class Explains(Sees):
    """Says why."""

    def explain(self, studies: Sequence[Study], targets: Sequence[str]) -> list[Explanation]:
        return [Explanation(np.eye(2, dtype=np.float32), {"cavity": 0.5}) for _ in targets]


def bright_corner() -> Study:
    pixels = np.zeros((1, SIDE, SIDE), np.uint8)
    pixels[:, :8, :8] = 255
    return Study("s", "s", images=(Image.from_array(pixels),))


@pytest.fixture
def client(root: Path) -> Iterator[TestClient]:
    bench = Bench(lambda: open_collection(root), LoadingModel("explains", Explains))
    bench.wait(10)
    app = create_workbench(bench, Settings())
    with TestClient(app, base_url="http://127.0.0.1:8600", raise_server_exceptions=False) as made:
        yield made
    bench.close()


def test_covering_what_a_model_looks_at_costs_most() -> None:
    heat, whole = occlusion(LoadingModel("sees", Sees), bright_corner(), "nodule")
    assert heat.shape == (GRID, GRID)
    assert whole == pytest.approx(1.0)
    assert int(heat.argmax()) == 0, "the near corner"
    assert heat[3:, 3:].max() == pytest.approx(0.0), "far from the corner nothing changes"
    # the patch over the corner has the image's mean: 64 of 1024 pixels are 255, so 15 of 255 once rounded down
    assert heat[0, 0] == pytest.approx(1 - 15 / 255)


def test_a_patch_is_covered_in_a_copy() -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    kept = pixels.copy()
    changed = covered(pixels, (slice(0, 2), slice(0, 2)))
    assert np.array_equal(pixels, kept)
    assert np.unique(changed[0, :2, :2]).tolist() == [31]
    assert np.array_equal(changed[0, 2:], pixels[0, 2:])


@given(st.integers(8, 70), st.integers(8, 70))
def test_the_patches_cover_every_pixel(height: int, width: int) -> None:
    cells = Cells(height, width)
    seen = np.zeros((height, width), int)
    for corner in cells.corners:
        seen[cells.patch(*corner)] += 1
    assert seen.min() >= 1


def test_a_models_own_explanation_comes_first(client: TestClient) -> None:
    told = client.post("/v1/workbench/explain", json={"study": "a-2", "target": "nodule"}).json()
    assert (told["how"], told["heat"], told["concepts"]) == ("explain", [[1, 0], [0, 1]], {"cavity": 0.5})
    assert 0 < told["probability"] < 1
    assert told["fall"] is None


def test_a_model_without_one_is_explained_by_covering() -> None:
    model = LoadingModel("sees", Sees)
    model.call("classify", "classify", [bright_corner()], ["nodule"])
    told = why(model, bright_corner(), "nodule")
    assert (told["how"], told["probability"], told["concepts"]) == ("occlusion", 1.0, {})
    assert told["fall"] == pytest.approx(1 - 15 / 255)


def test_a_model_that_can_do_neither_says_so() -> None:
    with pytest.raises(UnsupportedError, match="draws"):
        why(LoadingModel("draws", Draws), bright_corner(), "nodule")


def test_the_prediction_follows_its_concepts(client: TestClient) -> None:
    body = {"probability": 0.5, "concepts": {"cavity": 1.0}, "moved": {"cavity": 0.0, "unknown": 9.0}}
    told = client.post("/v1/workbench/concepts", json=body).json()
    assert told["probability"] == pytest.approx(1 / (1 + np.e))


@given(st.floats(0.01, 0.99), st.floats(-20, 20), st.floats(-20, 20))
def test_moving_there_and_back_changes_nothing(probability: float, held: float, moved: float) -> None:
    assert followed(probability, {"c": held}, {"c": held}) == pytest.approx(probability)
    more = followed(probability, {"c": held}, {"c": held + abs(moved)})
    assert more >= probability - 1e-12
