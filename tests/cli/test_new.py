"""`polyclinic new`: what it writes works, and it writes over nothing."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from polyclinic import registry
from polyclinic.cli import main
from polyclinic.cli.new import TEMPLATE, TEST, written


def test_a_package_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "two-sides", "--out", str(tmp_path)]) == 0
    assert 'two-sides = "two_sides"' in capsys.readouterr().err
    entry = registry._read(tmp_path / "two_sides.py", "two_sides")
    assert (entry.card.id, entry.presets) == ("two-sides", ("nano", "no-mirror"))
    text = (tmp_path / "two_sides.py").read_text() + (tmp_path / "test_two_sides.py").read_text()
    assert "emplate" not in text


def test_the_test_that_is_written_passes(tmp_path: Path) -> None:
    main(["new", "two-sides", "--out", str(tmp_path)])
    call = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert f"{TEST.read_text('utf-8').count('def test_')} passed" in done.stdout


def test_a_system_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("polyclinic.cli.new.CHECKOUT", tmp_path)
    assert main(["new", "mine"]) == 2
    assert "say where with --out DIR" in capsys.readouterr().err
    systems, tests = tmp_path / "src" / "polyclinic" / "systems", tmp_path / "tests" / "systems"
    systems.mkdir(parents=True)
    tests.mkdir(parents=True)
    assert main(["new", "mine", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"id": "mine", "system": str(systems / "mine.py"), "test": str(tests / "test_mine.py")}
    assert "from polyclinic.systems.mine import PRESETS, Model" in (tests / "test_mine.py").read_text()


@pytest.mark.parametrize(
    "name", ["", "My-System", "9lives", "a--b", "a-", "../a", "a/b", "class", "a b", "a" * 61, "ä"]
)
def test_what_is_no_id_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", name, "--out", str(tmp_path)]) == 2
    assert "expected an id such as my-system" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_taken_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "generalist", "--out", str(tmp_path)]) == 2
    assert "there is a system generalist already" in capsys.readouterr().err
    (tmp_path / "test_mine.py").write_text("my own")
    assert main(["new", "mine", "--out", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["test_mine.py"]
    assert (tmp_path / "test_mine.py").read_text() == "my own"


def test_only_names_differ_from_the_template() -> None:
    for source, text in zip((TEMPLATE, TEST), written("two-sides", outside=False), strict=True):
        old, new = source.read_text("utf-8").splitlines(), text.splitlines()
        changed = [line for line, other in zip(old, new, strict=True) if line != other]
        assert all("template" in line.lower() for line in changed)
        ast.parse(text)
