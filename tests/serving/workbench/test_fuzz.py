"""Whatever is asked of the endpoints, in and out of their description, the server answers and does not break."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from .conftest import V1

ANSWERED = {200, 304, 404, 422}
WORDS = st.one_of(
    st.sampled_from(["a-1", "a-2", "b-1", "", "0", "-1", "z", "nodule", "text:x", "1e9", "\x00"]), st.text(max_size=8)
)
NAMES = ("study", "image", "axis", "index", "channel", "level", "column", "row", "text", "like", "offset", "limit")
QUERIES = st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=6)
GETS = ("about", "studies", "study", "image", "plane", "overlays", "tile", "thumbnail", "corrections")
NUMBERS = st.one_of(st.integers(-3, 40), st.floats(allow_nan=False, allow_infinity=False), st.integers())
RUNS = st.fixed_dictionaries({"size": st.lists(NUMBERS, max_size=3), "counts": st.lists(NUMBERS, max_size=4)})
PLACE = {
    "image": NUMBERS,
    "index": NUMBERS,
    "words": st.text(max_size=6),
    "box": st.lists(NUMBERS, min_size=3, max_size=5),
    "points": st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=3),
}
DRAWN = {
    "image": NUMBERS,
    "kind": st.text(max_size=6),
    "base": NUMBERS,
    "form": st.sampled_from(["png", "nifti", "dicom-seg", "exe"]),
}
STUDY = st.sampled_from(["a-1", "b-1", "x"])
PROMPTS = st.fixed_dictionaries({"study": STUDY}, optional=PLACE)
PLANES = st.dictionaries(st.sampled_from(["0", "1", "-1", "x"]), RUNS, max_size=2)
CORRECTIONS = st.fixed_dictionaries({"study": STUDY, "name": st.text(max_size=6), "planes": PLANES}, optional=DRAWN)
OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@OFTEN
@given(path=st.sampled_from(GETS), query=QUERIES)
def test_questions_never_break_the_server(client: TestClient, path: str, query: dict[str, str]) -> None:
    answer = client.get(f"{V1}/{path}", params=query)
    assert answer.status_code in ANSWERED, (path, query, answer.text)


@OFTEN
@given(path=st.sampled_from(("segment", "find")), body=PROMPTS)
def test_prompts_never_break_the_server(client: TestClient, path: str, body: dict[str, Any]) -> None:
    answer = client.post(f"{V1}/{path}", json=body)
    assert answer.status_code in ANSWERED, (path, body, answer.text)


@OFTEN
@given(body=CORRECTIONS)
def test_corrections_never_break_the_server(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post(f"{V1}/corrections", json=body)
    assert answer.status_code in ANSWERED, (body, answer.text)
