"""Rules of file names: fields, wildcards, widths, repeated fields, and rules that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.errors import LayoutError
from polyclinic.layouts.patterns import fields, first_fit


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        ("**/{case}.png", "a.png", {"case": "a"}),
        ("**/{case}.png", "x/y/a.PNG", {"case": "a"}),
        ("{case}.png", "x/a.png", None),
        ("**/{case}/{case}_t1.nii", "p/p_t1.nii", {"case": "p"}),
        ("**/{case}/{case}_t1.nii", "p/q_t1.nii", None),
        ("Image_{subject:2}{eye:1}.jpg", "Image_01L.jpg", {"subject": "01", "eye": "L"}),
        ("Image_{subject:2}{eye:1}.jpg", "Image_011L.jpg", None),
        ("{case}_mask_?.png", "a_mask_1.png", {"case": "a"}),
        ("*/{case}.tif", "x.y/a.tif", {"case": "a"}),
        ("a.png", "aXpng", None),
    ],
)
def test_what_fits(rule: str, path: str, expected: dict[str, str] | None) -> None:
    assert fields(rule, path) == expected


def test_the_first_rule_counts() -> None:
    assert first_fit(("{a}_x.png", "{b}.png"), "q_x.png") == {"a": "q"}
    assert first_fit(("{a}_x.png", "{b}.png"), "q_y.png") == {"b": "q_y"}
    assert first_fit((), "q") is None


@pytest.mark.parametrize("rule", ["{case", "{Case}.png", "{}", "}", "{a:b}", "x" * 201])
def test_what_is_no_rule(rule: str) -> None:
    with pytest.raises(LayoutError, match="no path with fields"):
        fields(rule, "a")


@given(st.text("ab/._-(", max_size=12), st.text("ab._-(", min_size=1, max_size=6))
def test_text_stands_for_itself(folder: str, name: str) -> None:
    found = fields(f"**/{name}{{case}}!", f"{folder.strip('/')}/{name}q!".lstrip("/"))
    assert found == {"case": "q"}
