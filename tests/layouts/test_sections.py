"""Reports as text to sections."""

from __future__ import annotations

from polyclinic.layouts.sections import sections_of

REPORT = """                                 FINAL REPORT
 EXAMINATION:  CHEST (PA AND LAT)

 REASON FOR EXAM:  ___-year-old man: cough.

 FINDINGS:

 Lungs are clear.  Note: no
 effusion.

 IMPRESSION: Normal.
 IMPRESSION: As above.
"""


def test_headings_in_capitals_part_a_report() -> None:
    assert sections_of(REPORT) == {
        "examination": "CHEST (PA AND LAT)",
        "indication": "___-year-old man: cough.",
        "findings": "Lungs are clear. Note: no effusion.",
        "impression": "Normal. As above.",
    }


def test_text_without_headings_is_the_report() -> None:
    assert sections_of("Lungs are\nclear.") == {"report": "Lungs are clear."}
    assert sections_of(" \n ") == {}
    assert sections_of("Portable film.\nIMPRESSION: Clear.") == {"report": "Portable film.", "impression": "Clear."}
