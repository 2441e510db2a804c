"""Views of reports in sections: what a batch holds, and that a sample is a function of its draw."""

import numpy as np
import torch

from polyclinic.bodies.augmentation import Augmentation
from polyclinic.bodies.dual_encoder import Outlook
from polyclinic.bodies.dual_encoder.sections import GuessingView, MatchingView, SectionView
from polyclinic.parts.text.wordpieces import WordPieces
from polyclinic.study import Image, Report, Study

PIXELS = Image.from_array(np.zeros((8, 8), np.uint8))
FULL = {"findings": "Heart is large. Lungs are clear. Bones are whole.", "impression": "Cardiomegaly."}
TOKENS = WordPieces.trained(FULL.values(), 200)


def study(name: str, **sections: str) -> Study:
    """A Study with these sections."""
    return Study(name, name, images=(PIXELS,), report=Report(sections))


def view(*studies: Study, shuffle: bool = True, hidden: float = 0.5) -> SectionView:
    """All of them."""
    return SectionView(
        studies,
        outlook=Outlook(8, 1),
        tokens=TOKENS,
        longest=32,
        augment=Augmentation(),
        shuffle=shuffle,
        hidden=hidden,
    )


def test_reports_of_one_section_are_left_out() -> None:
    kept = view(study("a", **FULL), study("b", impression="Clear."), study("c", findings="Clear."), Study("d", "d"))
    assert [one.id for one in kept.studies] == ["a"]


def test_sentences_change_places_only_where_asked() -> None:
    one = study("a", **FULL)
    said = {view(one).sample(0, np.random.default_rng(i))["findings"] for i in range(20)}
    assert len(said) > 1
    assert {frozenset(text.rstrip(".").split(". ")) for text in said} == {
        frozenset(("Heart is large", "Lungs are clear", "Bones are whole"))
    }
    assert {view(one, shuffle=False).sample(0, np.random.default_rng(i))["findings"] for i in range(5)} == {
        FULL["findings"]
    }


def test_each_view_holds_what_its_stage_teaches() -> None:
    pairs = view(study("a", **FULL), study("b", **FULL))
    for kind, held in (
        (pairs, {"pictures", "texts", "findings", "hidden", "index"}),
        (MatchingView(pairs), {"texts", "findings", "hidden"}),
        (GuessingView(pairs), {"hidden"}),
    ):
        assert len(kind) == 2
        samples = [kind.sample(i, np.random.default_rng(i)) for i in range(2)]
        batch, again = kind.collate(samples), kind.collate(samples)
        assert set(batch) == held
        hidden = batch["hidden"]
        torch.testing.assert_close(hidden.texts.ids_BL, again["hidden"].texts.ids_BL)
        whole = TOKENS.batch([f"{sample['findings']} {sample['text']}" for sample in samples], 32)
        torch.testing.assert_close(hidden.ids_BL, whole.ids_BL)
        assert hidden.asked_BL.any()
        changed_BL = hidden.texts.ids_BL != hidden.ids_BL
        assert changed_BL.any()
        assert not (changed_BL & ~hidden.asked_BL).any()
