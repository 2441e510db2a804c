"""The ledger's page shows every claim, failures too, and does not pass an old proof off as one of today's claim."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import doc_ledger
import make_docs
import pytest

from polyclinic.cards import Card, Claim
from polyclinic.claims.ledger import Proof, Run, write_proof
from polyclinic.errors import RecordError
from polyclinic.registry import Entry

CLAIM = Claim("It helps | much.", "score", "higher", 0.1, ("nano", "no-x"), 10)
PROOF = Proof(
    id="one",
    says=CLAIM.says,
    metric="score",
    direction="higher",
    smallest=0.1,
    steps=10,
    seeds=(4, 5),
    asked=2,
    arms={"nano": (0.5, None), "no-x": (0.25, 0.125)},
    difference=-0.25,
    low=-0.5,
    high=0.05,
    verdict="fails",
    seconds=12.4,
    commit="abc",
    versions={"torch": "2"},
    hardware="a processor",
)


def entry(name: str, claim: Claim | None = CLAIM) -> Entry:
    card = Card(id=name, title=name, verbs=("find",), kinds=("toy",), year=2026, checked="shape")
    return Entry(card, ("nano",), f"polyclinic.systems.{name}", Path(f"{name}.py"), claim)


def page(tmp_path: Path, *entries: Entry, proof: Proof = PROOF) -> str:
    write_proof(tmp_path, proof)
    return doc_ledger.ledger_page(tmp_path, {one.card.id: one for one in entries})


def test_a_failure_is_shown_with_every_score(tmp_path: Path) -> None:
    text = page(tmp_path, entry("one"), entry("two"), entry("three", None))
    assert "Claims: 2 (1 fails, 1 not run). Systems without a claim: 1 of 3." in text
    assert (
        "| [one](systems/one.md) | It helps \\| much. | higher by 0.1 or more | -0.2500 (-0.5000 to 0.0500) | fails |"
        in text
    )
    assert "| [two](systems/two.md) | It helps \\| much. | higher by 0.1 or more | - | not run |" in text
    assert "| arm | seed 4 | seed 5 |\n| --- | --- | --- |\n| nano | 0.5000 | no number |" in text
    assert "Nothing was trained. 12 s on a processor. Commit abc; torch 2. [All of it](ledger/one.json)." in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize("change", [{"smallest": 0.2}, {"steps": 9}, {"metric": "other"}, {"arms": ("nano", "no-y")}])
def test_a_claim_that_changed_takes_its_proof_along(change: dict[str, object], tmp_path: Path) -> None:
    text = page(tmp_path, entry("one", dataclasses.replace(CLAIM, **change)))
    assert "Claims: 1 (1 of an earlier claim)." in text
    assert "| fails |" not in text


def test_it_says_whether_arms_had_the_same_care() -> None:
    run = Run("nano", 10, 5, 7, "abc", 0, 1.5)
    alike = dataclasses.replace(PROOF, runs={"nano": (run,), "no-x": (dataclasses.replace(run, preset="no-x"),)})
    assert doc_ledger.care(alike) == "Arms trained on the same Studies, 10 steps each."
    for other in (dataclasses.replace(run, steps=9), dataclasses.replace(run, checksum="abd")):
        apart = dataclasses.replace(PROOF, runs={"nano": (run,), "no-x": (other,)})
        assert "different Studies" in doc_ledger.care(apart)


def test_words_may_change(tmp_path: Path) -> None:
    assert "| fails |" in page(tmp_path, entry("one", dataclasses.replace(CLAIM, says="It helps.")))


def test_proofs_of_what_is_gone_are_told(tmp_path: Path) -> None:
    assert "Claims: 1 (1 of a system that is gone)." in page(tmp_path, entry("two", None))


def test_an_empty_ledger_is_a_page(tmp_path: Path) -> None:
    text = doc_ledger.ledger_page(tmp_path / "none", {"two": entry("two", None)})
    assert text.endswith("Claims: 0. Systems without a claim: 1 of 1.\n")


def test_a_damaged_proof_stops_the_page(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{}")
    with pytest.raises(RecordError, match=r"one\.json"):
        doc_ledger.ledger_page(tmp_path, {})


def test_the_page_is_among_those_that_are_made() -> None:
    made = make_docs.generated(make_docs.ROOT)[make_docs.ROOT / "docs" / "LEDGER.md"]
    assert made.startswith("<!-- Made by `make docs`; do not edit. -->\n# Ledger")
