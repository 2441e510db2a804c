"""The documentation as it stands: generated pages are current, links lead somewhere, examples work."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import doc_checks
import make_docs
import pytest

from polyclinic.cli import COMMANDS

ROOT = Path(__file__).parents[2]


def test_nothing_is_wrong_with_the_documentation() -> None:
    assert make_docs.check(ROOT) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_and_shown_in_the_readme(command: str) -> None:
    assert f"## polyclinic {command}\n" in (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    assert f"polyclinic {command}" in (ROOT / "README.md").read_text("utf-8")


def test_a_stale_page_is_seen() -> None:
    page = ROOT / "docs" / "reference" / "cli.md"
    fresh = make_docs.stale({page: page.read_text("utf-8")}, ROOT)
    changed = make_docs.stale({page: page.read_text("utf-8") + "\n"}, ROOT)
    assert not any("cli.md" in problem for problem in fresh)
    assert any("cli.md" in problem for problem in changed)


def test_the_notice_stands_where_people_begin() -> None:
    for page in ("README.md", "docs/guides/first-steps.md"):
        assert "not a medical device" in " ".join((ROOT / page).read_text("utf-8").split())


def test_the_demo_gives_commands_that_exist() -> None:
    dry = subprocess.run(["make", "-n", "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^\S+/polyclinic (.*)", dry, re.MULTILINE)
    assert {command.split()[0] for command in commands} >= {"phantom", "fit", "assess", "answer", "report"}
    assert [reason for command in commands if (reason := doc_checks.refused(command))] == []


def test_help_lists_every_target() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"setup", "demo", "test", "test-slow", "fmt", "lint", "types", "docs", "docs-check", "check"} <= set(targets)
    assert all(f"make {target} " in told for target in targets)
