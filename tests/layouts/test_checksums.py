"""Published checksums: the right file passes, another is told, a missing one is none of its business."""

from __future__ import annotations

import re
from pathlib import Path

from polyclinic.layouts.checksums import wrong_sums
from polyclinic.layouts.facts import public_facts

ABC = {
    "md5": "900150983cd24fb0d6963f7d28e17f72",
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
}


def test_known_sums(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    for form, value in ABC.items():
        assert wrong_sums(tmp_path, {"a": f"{form}:{value}", "gone": f"{form}:{value}"}) == []
        (line,) = wrong_sums(tmp_path, {"a": f"{form}:{value[::-1]}"})
        assert value in line


def test_shipped_sums_are_well_formed() -> None:
    sums = [told for facts in public_facts().values() for told in facts.checksums.values()]
    assert len(sums) >= 17
    assert all(re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", told) for told in sums)
