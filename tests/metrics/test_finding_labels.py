"""What a report states, denies or leaves open."""

import tomllib

import pytest

from polyclinic.errors import UsageError
from polyclinic.metrics.finding_labels import TERMS, finding_names, label_report
from polyclinic.phantom.chest.latents import FINDINGS
from polyclinic.study import LANGUAGES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("There is a large right pleural effusion.", {"effusion": True}),
        ("No pneumothorax, effusion or nodule.", {"pneumothorax": False, "effusion": False, "nodule": False}),
        ("Possible pneumonia. The heart is enlarged.", {"pneumonia": None, "cardiomegaly": True}),
        ("The mass has resolved.", {"mass": False}),
        ("The heart is normal in size.", {"cardiomegaly": False}),
        ("A nodule, but no mass.", {"nodule": True, "mass": False}),
        ("Nothing to say.", {}),
    ],
)
def test_by_hand(text: str, expected: dict[str, bool | None]) -> None:
    assert label_report(text) == expected


def test_every_language_names_the_same_findings() -> None:
    tables = tomllib.loads(TERMS.read_text("utf-8"))
    assert set(tables) == set(LANGUAGES)
    assert all(tuple(table["present"]) == finding_names() for table in tables.values())
    assert set(FINDINGS) <= set(finding_names())


def test_an_unknown_language() -> None:
    with pytest.raises(UsageError, match="fr"):
        label_report("mass", "fr")
