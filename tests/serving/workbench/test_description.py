"""The workbench's part of the OpenAPI description: requests made of it, good and bad, break nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from descriptions import broken
from fakes import Fake

from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.shelf import Shelf
from polyclinic.store.collection import open_collection

from .conftest import V1, Draws

KNOWN: dict[str, list[Any]] = {
    "study": ["a-1", "a-2", "b-1"],
    "image": [0],
    "index": [0, 3],
    "channel": [0],
    "model": ["all"],
    "models": [["all"]],
    "language": ["en"],
    "sections": [{"findings": "A nodule. No mass."}],
    "form": ["text", "json", "fhir", "dicom-sr", "nifti"],
    "like": ["a-1", "text:nodule"],
    "planes": [{"0": {"size": [20, 30], "counts": [10, 5, 585]}}],
    "base": [None, 0],
}
LOOKED_AT = "about studies thumbnail study image plane overlays volume labels tile corrections systems cards card jobs"
ASKED = "segment find ask draft compare export explain concepts jobs/fit jobs/assess jobs/stop jobs/resume"


class All(Draws, Fake):
    """Provides what the pages ask for."""


@pytest.fixture
def app(root: Path, tmp_path: Path) -> Iterator[Any]:
    bench = Bench(lambda: open_collection(root), LoadingModel("all", All))
    bench.wait(10)
    made = create_workbench(bench, Settings(), Shelf(tmp_path / "runs"))
    yield made
    made.state.desk.close()
    bench.close()


def test_no_request_of_the_description_breaks_the_workbench(app: Any) -> None:
    assert broken(app, 12, under=V1, known=KNOWN) == []


@pytest.mark.slow
def test_many_requests_of_the_description_break_nothing(app: Any) -> None:
    assert broken(app, 200, under=V1, known=KNOWN) == []


def test_every_twin_of_a_page_stands_in_it(app: Any) -> None:
    described = {path.removeprefix(f"{V1}/") for path in app.openapi()["paths"] if path.startswith(V1)}
    assert described == {*LOOKED_AT.split(), *ASKED.split()}
