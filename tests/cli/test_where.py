from __future__ import annotations

import json
from pathlib import Path

import pytest

from polyclinic import registry
from polyclinic.cli import main
from polyclinic.verbs import PROTOCOLS

VERBS = registry.systems()["generalist"].card.verbs


@pytest.mark.parametrize("verb", [*VERBS, "fit"])
def test_every_hop_is_a_place_that_defines_what_it_says(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["where", "generalist", verb, "--json"]) == 0
    hops = json.loads(capsys.readouterr().out)
    assert 2 <= len(hops) <= 4
    for hop in hops:
        line = Path(hop["file"]).read_text("utf-8").splitlines()[hop["line"] - 1].strip()
        name = "run" if hop["what"].startswith("the command") else hop["what"].rpartition(".")[2]
        assert line.startswith(f"def {name if hop['what'] != 'the training loop' else 'train'}(")


def test_the_way_starts_at_the_command_and_ends_in_the_body(capsys: pytest.CaptureFixture[str]) -> None:
    main(["where", "generalist", "answer"])
    _, first, last = capsys.readouterr().out.splitlines()
    assert "cli/answer.py:" in first
    assert "bodies/assistant/" in last


def test_a_verb_that_it_does_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    missing = next(verb for verb in PROTOCOLS if verb not in VERBS)
    assert main(["where", "generalist", missing]) == 2
    assert "it provides embed" in capsys.readouterr().err
