"""Twelve hundred damaged files, every reader: pixels or one typed error, in time and memory, and never a crash."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from fuzz_places import PLACED
from fuzz_run import MOST_MB, Result, Run, Target, inputs, plan, targets
from fuzz_seeds import SEEDS

from polyclinic.readers import CLAIMANTS, READERS

INPUTS = 1200
PLANTED = """
import os, time
from pathlib import Path
from fuzz_run import Target
from polyclinic.errors import ReadError

def read(path):
    number = path.name
    if number == "dies": os.abort()
    if number == "loops":
        while True: pass
    if number == "breaks": raise KeyError("polyclinic")
    if number == "names": raise ReadError("cannot read the file of Zebrafink")
    if number == "grows": return len(bytes(range(256)) * 2**22)
    if number == "works":
        end = time.process_time() + 2.2
        while time.process_time() < end: pass

def targets():
    kinds = ("fine", "dies", "breaks", "loops", "names", "grows", "works", "last")
    return [Target("planted", {kind: {kind: b"x"} for kind in kinds}, read)]
"""


@pytest.fixture(scope="module")
def known() -> list[Target]:
    return targets()


@pytest.fixture(scope="module")
def results(known: list[Target], tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    names = [target.name for target in known]
    return Run(tmp_path_factory.mktemp("fuzz"), seed=0).all(plan(INPUTS, names))


def test_every_reader_has_seeds() -> None:
    for readers, seeds, file in ((READERS, SEEDS, "fuzz_seeds"), (CLAIMANTS, PLACED, "fuzz_places")):
        names = {str(vars(reader)["__name__"]).rpartition(".")[2] for reader in readers}
        assert names <= seeds.keys(), f"add a factory to tools/{file}.py for {sorted(names - seeds.keys())}"


def test_nothing_crashes_hangs_or_escapes(results: list[Result]) -> None:
    assert len(results) >= INPUTS * 0.98
    faults = [f"{one.target} {one.number} ({one.seed_file}): {one.fault}" for one in results if one.fault]
    assert faults == []


def test_seeds_are_read_and_bombs_are_not(known: list[Target], results: list[Result]) -> None:
    """An input that is refused for a seed's own fault would test nothing."""
    first = {(one.target, one.seed_file): one for one in reversed(results)}
    for target in known:
        for key in target.files:
            whole = not key.startswith("bomb/") or key.endswith("bomb.nii.gz")  # zeros behind a volume are not read
            told = first[target.name, key]
            assert (told.outcome == "read") is whole, (target.name, key, told.told)


def test_damage_is_neither_harmless_nor_hopeless(known: list[Target], results: list[Result]) -> None:
    for target in known:
        outcomes = Counter(one.outcome for one in results if one.target == target.name)
        assert min(outcomes["read"], outcomes["refused"]) >= 3, (target.name, outcomes)


def test_inputs_depend_on_target_seed_and_number_alone(known: list[Target]) -> None:
    for target in known:
        assert inputs(target, 0, 60) == inputs(target, 0, 60)
        assert any(inputs(target, 0, number) != inputs(target, 1, number) for number in range(60, 70))


def test_every_kind_of_fault_is_seen(tmp_path: Path) -> None:
    script = tmp_path / "planted.py"
    script.write_text(PLANTED)
    run = Run(tmp_path, silent_seconds=4, extra=str(script))
    told = [one.fault or one.outcome for one in run.all([("planted", number) for number in range(8)])]
    expected = ["read", "crash", "escaped: KeyError", "hang", "leak", "memory", "slow", "read"]
    assert [found[: len(wanted)] for found, wanted in zip(told, expected, strict=True)] == expected
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [f"planted-0-{n}" for n in range(1, 7)]
    assert MOST_MB < 1024
