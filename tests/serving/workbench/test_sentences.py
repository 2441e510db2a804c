"""Sentences of a text, and the regions that belong to each."""

from __future__ import annotations

import pytest

from polyclinic.serving.workbench.sentences import says, sentences, shown_findings, tied
from polyclinic.study import Region

NODULE, HEART = Region("nodule", box=(1, 1, 3, 3)), Region("heart", box=(4, 4, 9, 9))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Nodule of 3.5 mm. No effusion.", ["Nodule of 3.5 mm.", "No effusion."]),
        ("Clear lungs!\nNormal heart", ["Clear lungs!", "Normal heart"]),
        ("右肺结节。无胸腔积液。", ["右肺结节。", "无胸腔积液。"]),
        ("هل يوجد؟ نعم.", ["هل يوجد؟", "نعم."]),
        ("  ", []),
    ],
)
def test_a_text_is_cut_at_the_ends_of_its_sentences(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_a_sentence_has_the_regions_of_what_it_states() -> None:
    first, second, third = tied("A nodule is seen. The heart is normal. No mass.", [HEART, NODULE])
    assert (first.regions, first.findings) == ((1,), {"nodule": True})
    assert second.regions == (0,), "an organ is spoken of by its name"
    assert third.regions == ()


def test_a_denied_finding_has_no_region() -> None:
    (only,) = tied("No nodule.", [NODULE])
    assert only.findings == {"nodule": False}
    assert only.regions == ()


def test_a_region_belongs_to_the_sentence_that_it_carries() -> None:
    (only,) = tied("Something in the apex.", [Region("", text="Something in the apex."), Region("")])
    assert only.regions == (0,)


def test_names_are_words_of_their_own() -> None:
    assert says("Both lungs are clear.", "lung")
    assert says("The left lung", "left_lung")
    assert not says("Hearty.", "heart")
    assert not says("anything", "")


def test_findings_are_read_in_their_language() -> None:
    assert shown_findings("右肺结节。无胸腔积液。", "zh") == ["nodule"]
