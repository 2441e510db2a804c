"""The audit: leaks and duplicates told apart, a page that shows them and runs nothing."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from scipy.ndimage import gaussian_filter

from polyclinic.errors import ReadError
from polyclinic.store.audit import audit, in_words, write_audit
from polyclinic.store.collection import Collection, Header
from polyclinic.store.shards import write_shards
from polyclinic.store.shelf import open_shards
from polyclinic.study import Image, Pixels, Study


def picture(seed: int) -> Pixels:
    values = gaussian_filter(np.random.default_rng(seed).normal(size=(64, 64)), 2)
    return np.clip(128 + 40 * values / values.std(), 0, 255).astype(np.uint8)


def unreadable() -> Pixels:
    raise ReadError("x.png is truncated")


def held() -> Collection:
    base = picture(0)
    near = base.copy()
    near[3, 3] ^= 9
    images = {"a": base, "<b>&": near, "c": picture(1), "d": picture(1), "e": picture(2), "f": picture(3)[:, ::-1]}
    splits = {"a": "train", "<b>&": "test", "c": "train", "d": "train", "e": "test", "f": "test"}
    studies = [
        Study(name, name, images=(Image.from_array(image),), split=splits[name]) for name, image in images.items()
    ]
    studies.append(Study("g", "g", images=(Image.from_array(picture(4)), Image.from_array(picture(3))), split="train"))
    studies.append(Study("bad", "bad", images=(Image("x.png", load=unreadable),), split="train"))
    return Collection(Path("nowhere"), Header('mine "<script>'), tuple(studies))


def test_leaks_and_duplicates_are_told_apart() -> None:
    found = audit(held())
    assert [in_words(leak)[:59] for leak in found.leaks] == [
        "near-duplicate pixels: a (train) and <b>& (test), likeness "
    ]
    assert [in_words(leak) for leak in found.duplicates] == ["same pixels: c (train) and d (train)"]
    assert (found.studies, found.images, found.unreadable) == (8, 8, ("bad: x.png is truncated",))
    assert not found.clean


def test_variants_are_found_when_asked_for() -> None:
    leaks = audit(held(), variants=True).leaks
    assert [(leak.ids, leak.images, leak.variant) for leak in leaks[1:]] == [(("f", "g"), (0, 1), "mirrored")]


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_shows_pairs_and_runs_nothing(tmp_path: Path) -> None:
    collection = held()
    found = audit(collection, variants=True)
    write_audit(found, collection, tmp_path / "out")
    page = Seen()
    page.feed((tmp_path / "out/audit.html").read_text("utf-8"))
    assert not {"script", "link", "iframe", "b"} & set(page.tags)
    assert page.tags.count("img") == 2 * (len(found.leaks) + len(found.duplicates))
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert "<b>& (test)" in page.texts
    assert any("not a medical device" in text for text in page.texts)
    listed = json.loads((tmp_path / "out/audit.json").read_text("utf-8"))
    assert [leak["ids"] for leak in listed["duplicates"]] == [["c", "d"]]
    assert listed["leaks"][1]["variant"] == "mirrored"


def test_a_long_list_is_cut_on_the_page_only(tmp_path: Path) -> None:
    collection = held()
    write_audit(audit(collection, variants=True), collection, tmp_path, shown=1)
    text = (tmp_path / "audit.html").read_text("utf-8")
    assert "The first 1 are shown" in text
    assert text.count("<img") == 4
    assert len(json.loads((tmp_path / "audit.json").read_text())["leaks"]) == 2


def test_shards_are_audited_and_shown_alike(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        Pillow.fromarray(picture(seed)).save(tmp_path / f"{name}.png")
    studies = tuple(Study(n, n, images=(Image(f"{n}.png"),), split="test" if n == "b" else "train") for n in "abc")
    write_shards(Collection(tmp_path, Header("x"), studies), tmp_path / "out")
    collection = open_shards(tmp_path / "out")
    found = audit(collection)
    assert [leak.ids for leak in found.leaks] == [("a", "b")]
    write_audit(found, collection, tmp_path / "page")
    assert (tmp_path / "page/audit.html").read_text().count("<img") == 2


def test_nothing_wrong() -> None:
    studies = tuple(Study(str(i), str(i), images=(Image.from_array(picture(i)),)) for i in range(5))
    assert audit(Collection(Path("nowhere"), Header("x"), studies)).clean
