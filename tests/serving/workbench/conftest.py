"""A small collection to work on: three visits of two subjects, pictures and a volume, with hostile words among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from starlette.testclient import TestClient

from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.store.collection import Collection, Header, open_collection, write_collection
from polyclinic.store.lines import open_lines
from polyclinic.study import Finding, Image, Mask, Region, Report, Study
from polyclinic.verbs import Vectors
from polyclinic.writers.nifti import write_volume

HERE = "http://127.0.0.1:8600"
V1 = "/v1/workbench"
HOSTILE = "<script>alert(1)</script>"
SIZE = (20, 30)
DEPTH = 6
LYING = ((-2.0, 0.0, 0.0, 0.0), (0.0, -2.0, 0.0, 0.0), (0.0, 0.0, 3.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def square(shape: tuple[int, ...], first: int, last: int) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[..., first:last, first:last] = True
    return mask


def heart(shape: tuple[int, ...]) -> Region:
    return Region("heart", "organ", box=(4.0, 4.0, 9.0, 9.0), mask=Mask.from_array(square(shape, 4, 9)))


def film(ident: str, subject: str, days: float, **known: object) -> Study:
    image = Image(f"images/{ident}.png", "DX", spacing_mm=(0.5, 0.5), time_days=days)
    return Study(ident, subject, images=(image,), regions=(heart(SIZE),), **known)  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    nodule = (Finding("nodule", present=True), Finding("mass", present=False))
    studies = [
        film("a-2", "a", 30.0, prior="a-1", findings=nodule, report=Report({"impression": "A nodule."})),
        film("a-1", "a", 0.0, report=Report({"findings": f"No nodule. {HOSTILE}"})),
        Study("b-1", "b", images=(Image("images/b.nii.gz", "CT", affine=LYING, spacing_mm=(3.0, 2.0, 2.0)),)),
    ]
    (folder / "images").mkdir(parents=True)
    for seed, study in enumerate(studies[:2]):
        values = np.random.default_rng(seed).integers(0, 255, SIZE, dtype=np.uint8)
        Pillow.fromarray(values).save(folder / study.images[0].path)
    write_volume(folder / "images/b.nii.gz", studies[2].images[0], np.arange(DEPTH * 600).reshape(1, DEPTH, *SIZE))
    write_collection(folder, Header("set", note="Procedural phantoms"), studies)
    return folder


@pytest.fixture
def collection(root: Path) -> Collection:
    return open_collection(root)


class Draws:
    """Draws two squares for any words, and knows two things by itself; its vectors are the pictures' means."""

    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        found = []
        for study, asked in zip(studies, prompts, strict=True):
            shape = study.images[0].pixels.shape[1:]
            two = square(shape, 2, 5) | square(shape, 10, 14)
            named = [one.name if isinstance(one, Region) else one for one in asked]
            small, large = Mask.from_array(square(shape, 3, 5)), Mask.from_array(square(shape, 1, 12))
            known = [Region("small", mask=small), Region("large", mask=large)]
            found.append([Region(name, mask=Mask.from_array(two)) for name in named] or known)
        return found

    def find(self, studies: Sequence[Study], phrases: Sequence[str]) -> list[list[Region]]:
        return [[Region(phrase, box=(1.0, 2.0, 3.0, 4.0), score=0.5)] for phrase in phrases]

    def embed_images(self, studies: Sequence[Study]) -> Vectors:
        means = np.array([float(study.images[0].pixels.mean()) for study in studies], np.float32)
        return np.stack([np.cos(means / 10), np.sin(means / 10)], axis=1)

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        return np.array([[1.0, 0.0]] * len(texts), np.float32)


@pytest.fixture
def client(bench: Bench) -> Iterator[TestClient]:
    with TestClient(create_workbench(bench, Settings()), base_url=HERE, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def bench(root: Path) -> Iterator[Bench]:
    made = Bench(lambda: open_lines(root), LoadingModel("draws", Draws))
    made.wait(10)
    yield made
    made.close()
