import re
import xml.etree.ElementTree as ET

import pytest

from polyclinic.evaluation.card.plots import interval_bar, reliability
from polyclinic.verbs import Score


def test_a_bar_has_value_interval_baseline_and_blind_in_order():
    bar = ET.fromstring(interval_bar(Score(0.8, 0.7, 0.9, 5, 0.5, 0.25)))
    places = {node.get("class"): float(node.get("cx") or node.get("x1")) for node in bar}
    assert places["blind"] < places["base"] < places["span"] < places["dot"]


def test_what_is_missing_is_not_drawn():
    assert re.findall(r'class="(\w+)"', interval_bar(Score(0.8, None, None, 1)))[1:] == ["axis", "dot"]


def test_reliability_has_a_dot_a_filled_bin():
    made = ET.fromstring(reliability("a < b", [0.05, 0.95, 0.95], [False, True, False]))
    notes = [node.text for node in made.iter("title")]
    assert notes == ["said 0.05, true 0.00, n 1", "said 0.95, true 0.50, n 2"]
    assert made.find("figcaption").text == "a < b"


@pytest.mark.parametrize("said", [0.0, 1.0])
def test_the_ends_belong_to_the_outer_bins(said):
    assert "n 1" in reliability("", [said], [True])
