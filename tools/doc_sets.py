"""The public sets that are known: a table of facts, and the form of each that has a layout of its own."""

from __future__ import annotations

from doc_classes import cell

from polyclinic.layouts.facts import Facts, public_facts


def set_table() -> str:
    """What each public set gives, its licence, and how to get it."""
    known = sorted(public_facts().values(), key=lambda facts: (facts.name or "").lower())
    rows = [
        f"| {titled(facts)} | {cell(gives(facts))} | {cell(facts.licence or '')} | {got(facts)} |" for facts in known
    ]
    return "\n".join(["| set | gives | licence | access |", "| --- | --- | --- | --- |", *rows])


def titled(facts: Facts) -> str:
    """The set's name, as a link where its page is known."""
    return f"[{facts.name}]({facts.home})" if facts.home else str(facts.name)


def gives(facts: Facts) -> str:
    """What its Studies have; of sets that a general layout reads by their columns, the domain."""
    return facts.gives or facts.note or " ".join(filter(None, [facts.domain, "images"]))


def got(facts: Facts) -> str:
    """How to get it; nothing where no page of the set is known."""
    return cell(facts.access or ("open" if facts.home else ""))
