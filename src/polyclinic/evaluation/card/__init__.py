"""The report card: one self-contained HTML page about an assessment."""

from polyclinic.evaluation.card.page import Facts, write_card

__all__ = ["Facts", "write_card"]
