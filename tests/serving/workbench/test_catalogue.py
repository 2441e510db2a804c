"""Systems with their claims and what came of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from polyclinic import registry
from polyclinic.cards import Claim
from polyclinic.claims.ledger import Proof
from polyclinic.serving.workbench.catalogue import catalogue, state, told
from polyclinic.serving.workbench.model import LoadingModel

CLAIM = Claim(says="It helps.", metric="accuracy", direction="higher", smallest=0.1, arms=("with", "without"), steps=5)


@pytest.fixture
def entry() -> registry.Entry:
    return replace(registry.find("generalist"), claim=CLAIM)


def proof(**changed: object) -> Proof:
    made = Proof(
        "generalist", "It helps.", "accuracy", "higher", 0.1, 5, (0, 1), 2,
        {"with": (0.8, 0.9), "without": (0.5, None)}, 0.3, 0.2, 0.4, "holds", 9.0, None,
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


def test_a_claim_stands_as_it_was_found(entry: registry.Entry) -> None:
    assert state(replace(entry, claim=None), None) == "none"
    assert state(entry, None) == "open"
    assert [state(entry, proof(verdict=verdict)) for verdict in ("holds", "fails", "unclear")] == [
        "holds", "fails", "unclear",
    ]  # fmt: skip


def test_a_row_has_the_proof_and_the_models_that_are_open(entry: registry.Entry) -> None:
    models = [LoadingModel("mine", None, system="generalist"), LoadingModel("other", None, system="convirt")]
    (row,) = catalogue({"generalist": entry}, [proof(), proof(id="gone")], models)
    assert (row["id"], row["claim"], row["state"], row["open"]) == ("generalist", "It helps.", "holds", ["mine"])
    assert row["proof"]["arms"] == {"with": [0.8, 0.9], "without": [0.5, None]}
    assert row["proof"]["interval"] == [0.2, 0.4]


def test_a_proof_that_was_stopped_says_so() -> None:
    found = told(proof(asked=3))
    assert found is not None
    assert found["interrupted"] is True
    assert told(None) is None


def test_every_system_of_the_package_has_a_row() -> None:
    rows = catalogue(registry.systems(), [])
    assert [row["id"] for row in rows] == sorted(registry.systems())
    assert all(row["verbs"] for row in rows)
