"""Each check of the documentation sees the fault it is for."""

from __future__ import annotations

from pathlib import Path

import doc_blocks
import doc_checks
import pytest


def test_links(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# One heading, `coded`\n")
    page = tmp_path / "page.md"
    good = "[a](other.md) [b](other.md#one-heading-coded) [c](https://example.org/x) ![d](other.md)"
    assert doc_checks.links(good, page, tmp_path) == []
    assert doc_checks.links("[a](none.md)", page, tmp_path) == ["page.md: no such file: none.md"]
    assert doc_checks.links("[a](other.md#two)", page, tmp_path) == ["page.md: no such heading: other.md#two"]
    assert doc_checks.links("[a](../../etc/passwd)", page, tmp_path) != []
    assert doc_checks.links("```sh\n[a](none.md)\n```\n", page, tmp_path) == []


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ('polyclinic answer RUN image.png "Is there a nodule?"', True),
        (".venv/bin/polyclinic systems --json", True),
        ("CUDA_VISIBLE_DEVICES= polyclinic systems", True),
        ("polyclinic report RUN image.png \\\n    --language zh", True),
        ("polyclinic report RUN image.png --tongue zh", False),
        ("polyclinic ponder", False),
    ],
)
def test_command_lines(line: str, accepted: bool) -> None:
    assert (doc_checks.commands(f"```sh\n{line}\n```\n", "page.md") == []) is accepted


def test_the_line_of_a_fault_is_named() -> None:
    problems = doc_checks.commands("text\n\n```sh\npolyclinic systems\npolyclinic ponder\n```\n", "page.md")
    assert problems[0].startswith("page.md:5: polyclinic ponder: ")


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("from polyclinic.study import Study\n", True),
        ("from polyclinic.study import Nothing\n", False),
        ("study = Study(\n", False),
        (">>> 1 + 1\n2\n", True),
        (">>> 1 + 1\n3\n", False),
    ],
)
def test_python(code: str, right: bool) -> None:
    assert (doc_checks.python(f"```python\n{code}```\n", "page.md") == []) is right


def test_blocks_are_filled_and_others_left() -> None:
    page = "<!-- one -->\nold\n<!-- /one -->\n\n<!-- two -->\nkept\n<!-- /two -->\n"
    filled = doc_blocks.fill(page, {"one": lambda: "new"})
    assert filled == page.replace("old", "new")
    assert doc_blocks.fill(filled, {"one": lambda: "new"}) == filled


@pytest.mark.parametrize(
    ("block", "right"),
    [
        ('```jsonl\n{"id":"a","subject":"p"}\n{"id":"b","subject":"p","prior":"a"}\n```\n', True),
        ('```jsonl\n{"id":"a"}\n```\n', False),
        ('```jsonl\n{"id":"a","subject":"p","colour":"red"}\n```\n', False),
        ('```json\n{"schema": 1, "name": "two"}\n```\n', True),
        ('```json\n{"schema": 1}\n```\n', False),
        ('```json\n{"value": 0.9}\n```\n', True),
        ('```json\n{"value": }\n```\n', False),
    ],
)
def test_records(block: str, right: bool) -> None:
    assert (doc_checks.records(block, "page.md") == []) is right


def test_pages_that_the_source_names(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "there.md").write_text("# There\n")
    assert doc_checks.mentions('"""See docs/there.md."""', "a.py", tmp_path) == []
    assert doc_checks.mentions('"""See docs/gone.md."""', "a.py", tmp_path) == ["a.py: no such page: docs/gone.md"]


def test_layouts_are_told_by_their_files(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text('"""A helper."""\n')
    (tmp_path / "some.py").write_text('"""Some files.\n\nShape: `a/b`.\n"""\nNAME = "some"\nLOOKED_FOR = "files"\n')
    assert doc_blocks.layout_table(tmp_path).splitlines()[2:] == ["| some | Some files. |"]
    assert doc_blocks.layout_sections(tmp_path) == "### some\n\nSome files.\n\nShape: `a/b`."
