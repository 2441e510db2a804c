from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from polyclinic.cli import main

HEAVY = ("torch", "transformers", "sklearn", "skimage", "accelerate", "pandas", "scipy")


def test_the_table_has_the_generalist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["systems"]) == 0
    out, err = capsys.readouterr()
    heading, *rows = out.splitlines()
    assert heading.split() == ["id", "year", "kind", "verbs", "checked"]
    assert any(row.startswith("generalist ") and "embed classify answer report segment find" in row for row in rows)
    assert f"{len(rows)} systems" in err


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["systems", "--json"])
    found = {entry["id"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert found["generalist"]["presets"][:1] == ["nano"]
    assert "answer" in found["generalist"]["verbs"]


@pytest.mark.parametrize(
    ("words", "there"), [(["--verb", "answer"], True), (["--verb", "decode"], False), (["--kind", "assistant"], True)]
)
def test_filters(words: list[str], there: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["systems", "--json", *words]) == 0
    assert ("generalist" in [entry["id"] for entry in json.loads(capsys.readouterr().out)]) is there


@pytest.mark.parametrize("words", [["--verb", "sing"], ["--kind", "nothing"]])
def test_unknown_names_are_wrong_calls(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["systems", *words]) == 2
    assert "hint: " in capsys.readouterr().err


@pytest.mark.parametrize("words", [["systems"], ["--help"]])
def test_nothing_heavy_is_imported(words: list[str]) -> None:
    code = (
        "import sys\nfrom polyclinic.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(("words", "limit_s"), [(["systems"], 1.0), (["--help"], 0.5)])
def test_they_are_instant(words: list[str], limit_s: float) -> None:
    took = []
    for _ in range(5):  # the best of a few, so that a busy machine does not fail it
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "polyclinic.cli", *words], capture_output=True, check=True)
        took.append(time.perf_counter() - began)
        if took[-1] < limit_s:
            return
    pytest.fail(f"{words[0]} took {min(took):.2f} s at best")
