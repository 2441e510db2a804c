"""Links that lead out of the collection: nothing of what they lead to is shown, asked about, or copied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from starlette.testclient import TestClient

from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.worklist import Filter

from .conftest import SIZE, V1, square
from .test_routes import drawn


@pytest.fixture
def root(root: Path) -> Path:
    """The collection, in which the film of a-2 is a link to a picture of somebody else's."""
    secret = root.parent / "secret.png"
    Pillow.fromarray(np.full(SIZE, 200, np.uint8)).save(secret)
    (root / "images/a-2.png").unlink()
    (root / "images/a-2.png").symlink_to("../../secret.png")
    return root


@pytest.mark.parametrize("path", ["thumbnail", "plane", "image", "overlays", "study", "volume", "labels"])
def test_nothing_of_it_is_shown(client: TestClient, path: str) -> None:
    answer = client.get(f"{V1}/{path}", params={"study": "a-2"})
    assert answer.status_code == 422
    assert "leads out of the collection" in answer.json()["error"]["message"]
    assert client.get(f"{V1}/{path}", params={"study": "b-1"}).status_code == 200


def test_it_is_neither_copied_nor_asked_about(client: TestClient, root: Path) -> None:
    assert client.post(f"{V1}/corrections", json=drawn()).status_code == 422
    assert not (root.with_name("set-corrected") / "images").exists()
    for path, body in (("segment", {"words": "heart"}), ("find", {"words": "heart"}), ("ask", {"question": "what?"})):
        assert client.post(f"{V1}/{path}", json={"study": "a-2", **body}).status_code == 422


def test_it_stands_in_the_list_and_has_no_vector(bench: Bench) -> None:
    assert bench.listed(Filter(), 0, 10)[0].total == 3
    page, _ = bench.listed(Filter(), 0, 10, like="a-1")
    assert "a-2" not in {row.id for row in page.rows}


def test_it_does_not_come_along_as_a_prior(bench: Bench, root: Path) -> None:
    (root / "images/a-2.png").unlink()
    (root / "images/a-1.png").rename(root / "images/a-2.png")
    (root / "images/a-1.png").symlink_to("/etc/hostname")
    with pytest.raises(Exception, match=r"images/a-1\.png is a link"):
        bench.shown("a-2", 0)


def test_links_within_the_collection_are_followed(bench: Bench, root: Path) -> None:
    (root / "images/a-1.png").rename(root / "film.png")
    (root / "images/a-1.png").symlink_to("../film.png")
    assert bench.volume("a-1", 0).shape == (1, 1, *SIZE)


def test_a_mask_is_looked_at_like_an_image(bench: Bench, root: Path) -> None:
    from polyclinic.serving.workbench.corrections import Correction

    bench.corrections.save(Correction("a-1", 0, "heart", {0: square(SIZE, 0, 2)}))
    (mask,) = (root.with_name("set-corrected") / "masks").iterdir()
    moved = root.parent / "mask.png"
    mask.rename(moved)
    mask.symlink_to(moved)
    with pytest.raises(Exception, match="leads out"):
        bench.overlays("a-1", 0, "z", 0)
