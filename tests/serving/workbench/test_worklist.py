from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyclinic.errors import UsageError
from polyclinic.serving.workbench.worklist import EXCERPT, Filter, Worklist
from polyclinic.store.collection import Collection
from polyclinic.study import Finding, Report, Study


@pytest.fixture
def listed(collection: Collection) -> Worklist:
    return Worklist(collection, collection.header.splits.of)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Filter(), ["a-2", "a-1", "b-1"]),
        (Filter(text="NODULE"), ["a-2", "a-1"]),
        (Filter(text="nodule a-2"), ["a-2"]),
        (Filter(text="nodule -a-2"), ["a-1"]),
        (Filter(finding="nodule"), ["a-2"]),
        (Filter(finding="mass"), []),  # noted as absent
        (Filter(modality="CT"), ["b-1"]),
        (Filter(subject="a", text="heart"), ["a-2", "a-1"]),
    ],
)
def test_a_filter_leaves_what_fits(listed: Worklist, wanted: Filter, ids: list[str]) -> None:
    assert [row.id for row in listed.fitting(wanted)] == ids


def test_visits_come_by_time(listed: Worklist) -> None:
    assert [row.id for row in listed.visits("a")] == ["a-1", "a-2"]
    assert listed.visits("nobody") == []


def test_a_page_in_another_order_holds_what_that_names(listed: Worklist) -> None:
    page = listed.page(Filter(), 0, 2, order=[2, 0])
    assert (page.total, [row.id for row in page.rows]) == (2, ["b-1", "a-2"])
    assert [row.id for row in listed.page(Filter(modality="DX"), 0, 9, order=[2, 0]).rows] == ["a-2"]


@pytest.mark.parametrize(("offset", "limit"), [(-1, 10), (0, 0), (0, 501)])
def test_a_page_beyond_reason_is_refused(listed: Worklist, offset: int, limit: int) -> None:
    with pytest.raises(UsageError, match="1 to 500 rows"):
        listed.page(Filter(), offset, limit)


def test_facets_count_what_each_value_leaves(listed: Worklist) -> None:
    assert listed.facets["finding"] == {"nodule": 1}
    assert listed.facets["modality"] == {"DX": 2, "CT": 1}
    for name, values in listed.facets.items():
        for value, count in values.items():
            assert len(listed.fitting(Filter(**{name: value}))) == count


def test_long_reports_are_cut() -> None:
    study = Study("a", "a", report=Report({"findings": "word " * 100}))
    excerpt = Worklist([study], lambda _: "train").rows[0].excerpt
    assert len(excerpt) <= EXCERPT
    assert excerpt.endswith("\N{HORIZONTAL ELLIPSIS}")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 30), st.integers(1, 7))
def test_pages_together_are_the_list(count: int, limit: int) -> None:
    listed = Worklist([Study(str(i), "s") for i in range(count)], lambda _: "train")
    pages = [listed.page(Filter(), offset, limit).rows for offset in range(0, max(count, 1), limit)]
    assert [row.id for page in pages for row in page] == [str(i) for i in range(count)]


def test_a_hundred_thousand_studies_are_searched_at_once() -> None:
    findings = (Finding("nodule", present=True),)
    studies = (
        Study(
            f"study-{i}", f"s{i // 2}", findings=findings if i % 10 == 0 else (), report=Report({"findings": "Clear."})
        )
        for i in range(100_000)
    )
    listed = Worklist(studies, lambda _: "train")
    began = time.thread_time()
    page = listed.page(Filter(text="clear nodule"), 9_000, 100)
    assert time.thread_time() - began < 1.0
    assert (page.total, page.rows[0].id) == (10_000, "study-90000")


def test_a_search_is_made_once_for_all_its_pages() -> None:
    held = Worklist([Study(f"study-{i}", "s") for i in range(3)], lambda study: "train")
    assert held.fitting(Filter(text="study")) is held.fitting(Filter(text="study"))
    assert held.fitting(Filter(text="study-1")) != held.fitting(Filter(text="study"))
