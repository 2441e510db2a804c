from __future__ import annotations

import threading
from typing import Any

import pytest

from polyclinic.errors import CheckpointError, UnsupportedError
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.study import Study

from .conftest import Draws


def test_calls_wait_until_the_model_is_there() -> None:
    go_on = threading.Event()

    def load() -> Any:
        go_on.wait(5)
        return Draws()

    model = LoadingModel("draws", load)
    assert (model.state, model.verbs) == ("loading", [])
    threading.Timer(0.05, go_on.set).start()
    assert model.find(Study("a", "a"), "x")[0].name == "x"
    assert (model.state, model.verbs) == ("ready", ["embed", "segment", "find"])


def test_a_model_that_cannot_be_loaded_says_why() -> None:
    def load() -> Any:
        raise CheckpointError("damaged")

    model = LoadingModel("bad", load)
    with pytest.raises(UnsupportedError, match="bad could not be loaded: damaged"):
        model.find(Study("a", "a"), "x")
    assert (model.state, model.error) == ("failed", "damaged")


def test_verbs_that_are_not_provided_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="no model is open"):
        LoadingModel(None).segment(Study("a", "a"), ["heart"])
    with pytest.raises(UnsupportedError, match="does not provide 'report'"):
        LoadingModel("draws", Draws).call("report", "report", [])


def test_calls_take_turns() -> None:
    inside: list[int] = []

    class Slow(Draws):
        def find(self, studies: Any, phrases: Any) -> Any:
            inside.append(1)
            assert len(inside) == 1
            threading.Event().wait(0.01)
            inside.pop()
            return super().find(studies, phrases)

    model = LoadingModel("slow", Slow)
    threads = [threading.Thread(target=model.find, args=(Study("a", "a"), "x")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert inside == []
