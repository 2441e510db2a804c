"""Studies in the making: what cells state, days, and images that are looked for where they must lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.layouts.drafts import Drafts, day, findings_in, placed, stated
from polyclinic.layouts.facts import Facts
from polyclinic.layouts.files import Files
from polyclinic.layouts.intake import Intake
from polyclinic.layouts.rows import Row
from polyclinic.study import Image

Paint = Callable[..., Path]


@pytest.mark.parametrize(
    ("written", "said"),
    [("1", (True,)), ("0.0", (False,)), ("-1.0", (None,)), ("", ()), ("2", ()), ("yes", ()), ("nan", ())],
)
def test_what_a_cell_states(written: str, said: tuple[bool | None]) -> None:
    assert stated(written) == said


def test_what_is_not_mentioned_is_left_out() -> None:
    row = Row(2, {"Edema": "-1", "Mass": "", "Nodule": "0"})
    assert findings_in(row, {"Edema": "edema", "Mass": "mass", "Nodule": "nodule"}) == {"edema": None, "nodule": False}


@given(st.dates(), st.integers(0, 86399))
def test_days_grow_with_the_clock(when: object, second: int) -> None:
    clock = f"{second // 3600:02}{second // 60 % 60:02}{second % 60:02}.125"
    start = day(str(when))
    assert start is not None
    assert day(str(when).replace("-", ""), clock) == pytest.approx(start + second / 86400)


@pytest.mark.parametrize("written", ["", "2020-13-01", "yesterday", "20201"])
def test_no_date_is_none(written: str) -> None:
    assert day(written) is None


def test_an_image_is_never_guessed_by_its_bare_name(tmp_path: Path, paint: Paint) -> None:
    paint("p1/view.png")
    drafts = Drafts(Intake(Files.below(tmp_path), Facts(modality="DX")))
    assert drafts.picture("p2/view.png", "here", "view.png") is None
    assert drafts.picture("p2/view.png", "there") is None
    assert drafts.search("other.png", "here") is drafts.search("other.png", "there") is None
    assert drafts.intake.skipped == ["here: image p2/view.png is missing", "here: image other.png is missing"]
    image = drafts.picture("p3/view.png", "here", "p1/view.png")
    assert image is not None
    assert (image.path, image.modality) == ("p1/view.png", "DX")


def test_a_draft_becomes_a_study(tmp_path: Path, paint: Paint) -> None:
    paint("a.png")
    drafts = Drafts(Intake(Files.below(tmp_path), Facts(name="Set", licence="CC0-1.0", domain="chest")))
    draft = drafts.open("s1", "p1")
    assert drafts.open("s1", "other") is draft
    image = drafts.picture("a.png", "here")
    assert image is not None
    draft.show(placed(image, view="PA", time_days=3.0))
    draft.say("mass", None, site="left")
    draft.note("age", "41")
    draft.note("sex", "unknown")
    draft.captions += ["x", "x"]
    drafts.open("s2", "p1")
    (study,) = drafts.studies()
    assert (study.id, study.subject, study.domain, study.captions, study.report) == ("s1", "p1", "chest", ("x",), None)
    assert study.findings[0].present is None
    assert study.findings[0].attributes == {"site": "left"}
    assert study.labels == {"age": 41}
    assert (study.images[0].view, study.images[0].time_days) == ("PA", 3.0)
    assert study.source is not None
    assert study.source.licence == "CC0-1.0"
    assert len(drafts.studies(pictured=False)) == 2


def test_what_the_file_says_of_its_view_stands() -> None:
    assert placed(Image("a", view="AP", modality="CR"), view="PA", modality="DX") == Image(
        "a", view="AP", modality="CR"
    )
