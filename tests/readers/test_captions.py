from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.readers.captions import BOLD_IN, BOLD_OUT, plain, sentences, split_panels


def bold(text: str) -> str:
    return text.replace("<", BOLD_IN).replace(">", BOLD_OUT)


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("Wood with (a) pith; (b) ring; and (c) rays.", {"a": "pith", "b": "ring", "c": "rays"}),
        ("Blood. <A>, Before. P<0.1>. <B>, After.", {"A": "Before. P0.1", "B": "After"}),
        ("Assay by (<a>) leaf and (<b>) stem extract", {"a": "leaf", "b": "stem extract"}),
        ("<(A)> and <(B)> leaves <(C)> roots.", {"A, B": "leaves", "C": "roots"}),
        ("(A-C) Front. (D and E) Back.", {"A, B, C": "Front", "D, E": "Back"}),
        ("(<a>,<c>) in vitro and (<b>,<d>) in vivo.", {"a, c": "in vitro", "b, d": "in vivo"}),
        ("Lung before (a) and after treatment (b).", {"a": "Lung before", "b": "after treatment"}),
        ("A. Axial view. B. Coronal view.", {"A": "Axial view", "B": "Coronal view"}),
        ("One (a) alone.", {}),
        ("Mean (n) of five, P (p) and (q).", {}),
        ("A map of a lung. A dog. I ran.", {}),
        ("Letters (b) out of (c) order.", {}),
        ("", {}),
    ],
)
def test_panels(caption: str, expected: dict[str, str]) -> None:
    assert {panel.label: panel.text for panel in split_panels(bold(caption))} == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("As Fig. 2 and Figs. 3 show (cf. Ref. 4).", 1),
        ("O. Basilicum et al. Grew. It was tall.", 2),
        ("At 3.5 mm it broke. then not", 1),
        ("He said (see above.) Next one.", 2),
        ("   ", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.text(alphabet=f"aAbB(),;.-& {BOLD_IN}{BOLD_OUT}\n", max_size=80))
def test_nothing_is_invented(text: str) -> None:
    flat = plain(text)
    assert all(word in flat for panel in split_panels(text) for word in panel.text.split())
    assert "".join("".join(sentences(flat)).split()) == "".join(flat.split())
