"""Writes the generated part of the documentation, or checks that all of it is true.

`python tools/make_docs.py` writes the reference pages, the system pages and the marked blocks inside
hand-written pages. With `--check` nothing is written: it compares them, follows relative links, parses every
command line that a page shows with the real parser, and runs or resolves the Python that it shows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import doc_blocks
import doc_checks
import doc_pages
from doc_ledger import ledger_page

ROOT = Path(__file__).resolve().parents[1]


def markdown(root: Path) -> list[Path]:
    """The Markdown pages of the project, generated ones included."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def generated(root: Path) -> dict[Path, str]:
    """What each page should hold: whole generated pages, and hand-written ones with their blocks filled."""
    docs = root / "docs"
    pages = {docs / name: text for name, text in doc_pages.pages().items()}
    pages[docs / "LEDGER.md"] = doc_pages.MADE + ledger_page(docs / "ledger", doc_pages.own_systems())
    for path in markdown(root):
        if path not in pages:
            pages[path] = doc_blocks.fill(path.read_text("utf-8"), doc_blocks.blocks(root))
    return pages


def stale(pages: Mapping[Path, str], root: Path) -> list[str]:
    """Pages that differ from what they should hold, and pages of systems that are gone."""
    problems = [
        f"{path.relative_to(root)} is out of date: run make docs"
        for path, text in pages.items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]
    leftover = [path for path in sorted((root / "docs" / "systems").glob("*.md")) if path not in pages]
    return problems + [f"{path.relative_to(root)} describes no system" for path in leftover]


def check(root: Path) -> list[str]:
    """Everything that is wrong with the documentation, one line each."""
    pages = generated(root)
    problems = stale(pages, root)
    for path in markdown(root):
        text = path.read_text("utf-8")
        where = str(path.relative_to(root))
        problems += doc_checks.links(text, path, root)
        problems += doc_checks.commands(text, where)
        problems += doc_checks.python(text, where)
        problems += doc_checks.records(text, where)
    for path in sorted((root / "src").rglob("*.py")):
        problems += doc_checks.mentions(path.read_text("utf-8"), str(path.relative_to(root)), root)
    return problems


def main(argv: Sequence[str] | None = None) -> int:
    """Write or check; the exit status is 1 where a check found something."""
    parser = argparse.ArgumentParser(description="Write the generated documentation, or check it.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what is wrong")
    if not parser.parse_args(argv).check:
        for path, text in generated(ROOT).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return 0
    problems = check(ROOT)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"documentation: {len(markdown(ROOT))} pages, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
