"""The ledger's page: every claim with what came of it, from the proofs that `polyclinic prove` stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from doc_classes import cell

from polyclinic.cards import Claim
from polyclinic.claims.ledger import Proof, read_ledger
from polyclinic.registry import Entry

NOT_RUN = "not run"
EARLIER = "of an earlier claim"
GONE = "of a system that is gone"
ORDER = ("holds", "fails", "unclear", EARLIER, GONE, NOT_RUN)
INTRODUCTION = (
    "What came of each system's claim: the method against the method without its idea, on phantoms, with the same "
    "patients and the same steps. [Claims](concepts/claims.md) says how a verdict is reached. Claims that fail or stay "
    "unclear stand here as well. A verdict is about the idea on phantoms, and says nothing of patients."
)


def ledger_page(folder: Path, systems: Mapping[str, Entry]) -> str:
    """All claims in one table, then each proof arm by arm and seed by seed."""
    proofs = {proof.id: proof for proof in read_ledger(folder)}
    states = {name: state(proofs.get(name), systems.get(name)) for name in sorted(claimed(systems) | proofs.keys())}
    parts = ["# Ledger", INTRODUCTION, counts(states, systems)]
    if states:
        rows = [row(name, told, proofs.get(name), systems.get(name)) for name, told in states.items()]
        head = "| system | claim | claimed | found | verdict |\n| --- | --- | --- | --- | --- |"
        parts.append("\n".join([head, *rows]))
    parts += [section(proof) for proof in proofs.values()]
    return "\n\n".join(parts) + "\n"


def claimed(systems: Mapping[str, Entry]) -> set[str]:
    """The systems that make a claim."""
    return {name for name, entry in systems.items() if entry.claim is not None}


def state(proof: Proof | None, entry: Entry | None) -> str:
    """The verdict, or why there is none that counts."""
    if proof is None:
        return NOT_RUN
    if entry is None or entry.claim is None:
        return GONE
    return proof.verdict if same_claim(proof, entry.claim) else EARLIER


def same_claim(proof: Proof, claim: Claim) -> bool:
    """Whether a proof is one of the claim as the system makes it now; how it is worded does not matter."""
    told = (proof.metric, proof.direction, proof.smallest, proof.steps, set(proof.arms))
    return told == (claim.metric, claim.direction, claim.smallest, claim.steps, set(claim.arms))


def counts(states: Mapping[str, str], systems: Mapping[str, Entry]) -> str:
    """How many claims there are of each state, and how many systems make none."""
    number = Counter(states.values())
    told = ", ".join(f"{number[name]} {name}" for name in ORDER if number[name])
    silent = len(systems) - len(claimed(systems))
    return f"Claims: {len(states)}{f' ({told})' if told else ''}. Systems without a claim: {silent} of {len(systems)}."


def row(name: str, told: str, proof: Proof | None, entry: Entry | None) -> str:
    """One claim of the table."""
    claim = proof or (entry.claim if entry else None)
    if claim is None:
        return ""
    link = f"[{name}](systems/{name}.md)" if entry else name
    gain = f"{claim.direction} by {claim.smallest:g} or more"
    return f"| {link} | {cell(claim.says)} | {gain} | {found(proof)} | {told} |"


def found(proof: Proof | None) -> str:
    """Difference and interval of a proof."""
    if proof is None or proof.difference is None:
        return "-"
    if proof.low is None or proof.high is None:
        return f"{proof.difference:.4f}"
    return f"{proof.difference:.4f} ({proof.low:.4f} to {proof.high:.4f})"


def section(proof: Proof) -> str:
    """A proof with every score and what made it."""
    head = ["arm", *(f"seed {seed}" for seed in proof.seeds)]
    rows = [line(head), line(["---"] * len(head))]
    rows += [line([arm, *map(score, scores)]) for arm, scores in proof.arms.items()]
    versions = ", ".join(f"{name} {version}" for name, version in proof.versions.items())
    made = f"{care(proof)} {proof.seconds:.0f} s on {proof.hardware or 'an unknown machine'}"
    return "\n\n".join(
        [
            f"## {proof.id}",
            f"{proof.says} Metric: {proof.metric}.",
            "\n".join(rows),
            f"{made}. Commit {proof.commit or 'unknown'}; {versions}. [All of it](ledger/{proof.id}.json).",
        ]
    )


def care(proof: Proof) -> str:
    """Whether the stored runs show that arms trained alike."""
    seen = {tuple((run.samples, run.checksum, run.steps) for run in proof.runs.get(arm, ())) for arm in proof.arms}
    if seen == {()}:
        return "Nothing was trained."
    if len(seen) == 1:
        return f"Arms trained on the same Studies, {proof.steps} steps each."
    return "**Arms trained on different Studies or for different steps.**"


def line(cells: Sequence[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def score(value: float | None) -> str:
    """A score as the table has it."""
    return "no number" if value is None else f"{value:.4f}"
