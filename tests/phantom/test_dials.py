import pytest

from polyclinic.errors import UsageError
from polyclinic.phantom.dials import Dials


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 8},
        {"views": ()},
        {"views": ("lateral",)},
        {"views": ("frontal", "oblique")},
        {"languages": ()},
        {"languages": ("fr",)},
        {"prevalence": 0.9},
        {"noise": -1.0},
        {"confounder": 2.0},
        {"most_kinds": 0},
    ],
)
def test_impossible_dials_are_refused(wrong):
    with pytest.raises(UsageError, match="expected"):
        Dials(**wrong)
