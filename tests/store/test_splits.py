"""Splits: by subject, by hash, stable under additions."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyclinic.store.splits import Splits
from polyclinic.study import Study


def of(splits: Splits, subject: str, **more: str) -> str:
    return splits.of(Study(f"{subject}-study", subject, **more))  # type: ignore[arg-type]


def test_golden_places_never_change() -> None:
    assert [of(Splits(), f"p{i}") for i in range(8)] == GOLDEN


GOLDEN = ["train", "test", "train", "train", "test", "train", "train", "train"]


@given(st.lists(st.text(), unique=True, min_size=1), st.text())
def test_who_is_there_changes_nothing(subjects: list[str], added: str) -> None:
    before = {subject: of(Splits(), subject) for subject in subjects}
    after = {subject: of(Splits(), subject) for subject in [added, *subjects]}
    assert all(after[subject] == place for subject, place in before.items())


def test_a_larger_train_share_only_moves_subjects_into_train() -> None:
    small, large = (Splits({"train": share, "test": 1 - share}) for share in (0.5, 0.7))
    subjects = [str(i) for i in range(300)]
    assert all(of(large, s) == "train" for s in subjects if of(small, s) == "train")


def test_shares_are_met() -> None:
    counts = Counter(of(Splits(), str(i)) for i in range(4000))
    assert counts["train"] / 4000 == pytest.approx(0.8, abs=0.02)
    assert counts["val"] / 4000 == pytest.approx(0.1, abs=0.02)


def test_the_salt_deals_anew() -> None:
    places = [[of(Splits(salt=salt), str(i)) for i in range(50)] for salt in ("a", "b")]
    assert places[0] != places[1]


def test_the_source_wins_over_fixed_over_hash() -> None:
    splits = Splits({"train": 1.0}, fixed={"p": "val"})
    assert of(splits, "q") == "train"
    assert of(splits, "p") == "val"
    assert of(splits, "p", split="test") == "test"
