"""The systems with what each does, what it claims, and what came of the claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter

from polyclinic import registry
from polyclinic.claims.ledger import Proof, read_ledger
from polyclinic.registry import Entry
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.routes import PREFIX
from polyclinic.serving.workbench.shelf import Shelf

Json = dict[str, Any]


def catalogue(systems: Mapping[str, Entry], proofs: Sequence[Proof], models: Sequence[LoadingModel] = ()) -> list[Json]:
    """A row for each system, by id."""
    known = {proof.id: proof for proof in proofs}
    return [_row(entry, known.get(name), models) for name, entry in sorted(systems.items())]


def _row(entry: Entry, proof: Proof | None, models: Sequence[LoadingModel]) -> Json:
    own = [model.name for model in models if model.system == entry.card.id]
    return registry.described(entry) | {"state": state(entry, proof), "proof": told(proof), "open": own}


def state(entry: Entry, proof: Proof | None) -> str:
    """Where a claim stands: `holds`, `fails` or `unclear` once it was run, `open` before, `none` without a claim."""
    if entry.claim is None:
        return "none"
    return "open" if proof is None else proof.verdict


def told(proof: Proof | None) -> Json | None:
    """What a proof found; without its runs, which stand in its file."""
    if proof is None:
        return None
    return {
        "metric": proof.metric,
        "direction": proof.direction,
        "arms": {arm: list(scores) for arm, scores in proof.arms.items()},
        "difference": proof.difference,
        "interval": [proof.low, proof.high],
        "smallest": proof.smallest,
        "seeds": list(proof.seeds),
        "interrupted": proof.interrupted,
        "seconds": proof.seconds,
    }


def router(bench: Bench, shelf: Shelf) -> APIRouter:
    """The endpoint of the page."""
    routes = APIRouter(prefix=PREFIX, tags=["workbench"])

    @routes.get("/systems")
    def systems() -> list[Json]:
        """All systems; a ledger that is damaged is an error that names the file."""
        proofs = read_ledger(shelf.ledger) if shelf.ledger else []
        return catalogue(registry.systems(), proofs, list(bench.models.values()))

    return routes
