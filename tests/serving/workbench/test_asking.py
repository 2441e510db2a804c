"""Questions about a Study and places in it, to several models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from polyclinic.errors import UsageError
from polyclinic.serving.notice import Notice
from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.asking import Place, plain_answer
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.store.collection import open_collection
from polyclinic.study import Region
from polyclinic.verbs import Answer, Ask

from .conftest import Draws

ASK = "/v1/workbench/ask"


class Tells:
    """Says what it was asked about, in words that can be checked."""

    def answer(self, asks: Sequence[Ask]) -> list[Answer]:
        return [self._one(ask) for ask in asks]

    def _one(self, ask: Ask) -> Answer:
        boxes = [region.box for region in ask.regions]
        told = f"{len(ask.study.images)} images, boxes {boxes}, after {len(ask.history)}. The heart is here."
        return Answer(told, 0.75, regions=(Region("heart", box=(1, 2, 3, 4)), Region("old", image=1)))


@pytest.fixture
def client(root: Path) -> Iterator[TestClient]:
    models = (LoadingModel("tells", Tells, notice=Notice(phantom_trained=True)), LoadingModel("draws", Draws))
    bench = Bench(lambda: open_collection(root), models[0], others=models[1:])
    bench.wait(10)
    app = create_workbench(bench, Settings())
    with TestClient(app, base_url="http://127.0.0.1:8600", raise_server_exceptions=False) as made:
        yield made
    bench.close()


def ask(client: TestClient, **fields: Any) -> Any:
    return client.post(ASK, json={"study": "a-2", "question": "What is seen?"} | fields).json()


def test_every_model_answers_or_says_why_not(client: TestClient) -> None:
    first, second = ask(client)
    assert (first["model"], first["phantom_trained"], first["confidence"]) == ("tells", True, 0.75)
    assert first["answer"].startswith("2 images"), "the prior visit is shown with it"
    assert second["error"] == "draws does not provide 'answer'"


def test_only_the_models_that_are_named_are_asked(client: TestClient) -> None:
    assert [reply["model"] for reply in ask(client, models=["tells"])] == ["tells"]
    assert "no model 'none' is open" in ask(client, models=["none"])["error"]["message"]


def test_a_sentence_knows_its_region_and_those_of_the_prior_are_left_out(client: TestClient) -> None:
    (reply,) = ask(client, models=["tells"])
    assert [region["name"] for region in reply["regions"]] == ["heart"]
    assert [sentence["regions"] for sentence in reply["sentences"]] == [[], [0]]


def test_a_box_and_a_point_are_told_to_the_model(client: TestClient) -> None:
    (boxed,) = ask(client, models=["tells"], box=[2, 3, 8, 9], history=[["a", "b"]])
    assert "boxes [(2.0, 3.0, 8.0, 9.0)], after 1." in boxed["answer"]
    (pointed,) = ask(client, models=["tells"], point=[0, 10])
    assert "boxes [(0.0, 8.75, 1.25, 11.25)]" in pointed["answer"], "an eighth of 20 pixels, cut at the edge"


@pytest.mark.parametrize("box", [(5.0, 5.0, 5.0, 9.0), (-1.0, 0.0, 4.0, 4.0), (0.0, 0.0, 31.0, 4.0)])
def test_boxes_that_are_empty_or_outside_are_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(UsageError, match="box inside 30 x 20"):
        Place(box).region((20, 30))


def test_a_point_outside_is_refused_and_no_place_is_no_region() -> None:
    with pytest.raises(UsageError, match="point inside"):
        Place(point=(31.0, 4.0)).region((20, 30))
    assert Place().region((20, 30)) is None


def test_a_single_word_rests_on_all_that_came_with_it() -> None:
    told = plain_answer(Answer("yes", 0.9, regions=(Region("spot", box=(0, 0, 1, 1)),)), image=2)
    assert told["sentences"][0]["regions"] == [0]
    assert told["regions"][0]["image"] == 2


def test_no_path_and_no_other_study_is_answered(client: TestClient) -> None:
    assert "no study" in ask(client, study="../../etc/passwd")["error"]["message"]
    assert client.post(ASK, json={"study": "a-2", "question": "?", "path": "/etc"}).status_code == 422
    assert client.post(ASK, json={"study": "a-2", "question": ""}).status_code == 422
