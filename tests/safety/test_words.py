"""What strangers wrote into cells, names and links: it passes as text, steers no terminal, and leads nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from polyclinic.cli import main
from polyclinic.cli.output import TURNING, plain
from polyclinic.errors import LayoutError
from polyclinic.layouts import open_folder
from polyclinic.store.collection import open_collection
from polyclinic.store.export import export
from polyclinic.writers import huggingface, llava, parquet

SCRIPT, FORMULA, ESCAPE, TURN = "<script>alert(1)</script>", '=HYPERLINK("http://x")', "a\x1b[2Jb", "a\u202egnp.exe"
WORDS = (SCRIPT, FORMULA, ESCAPE, TURN)
CELLS = [{"image": f"{n}.png", "caption": word, "label": word} for n, word in enumerate(WORDS * 3)]


def paint(path: Path) -> None:
    values = np.random.default_rng(len(path.name) + sum(path.name.encode())).integers(0, 255, (8, 9), np.uint8)
    Pillow.fromarray(values).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images with such words as captions and labels."""
    root = tmp_path / "set"
    root.mkdir()
    for row in CELLS:
        paint(root / row["image"])
    (root / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in CELLS))
    return root


def test_cells_pass_as_the_text_that_they_are(folder: Path, tmp_path: Path) -> None:
    held = open_folder(folder)
    assert [study.captions for study in held] == [(row["caption"],) for row in CELLS]
    export(held, tmp_path / "out")
    again = open_collection(tmp_path / "out")
    assert [study.captions for study in again] == [study.captions for study in held]
    assert {study.labels["label"] for study in again} == set(WORDS)


@pytest.mark.parametrize("writer", [llava, parquet, huggingface], ids=lambda writer: writer.NAME)
def test_exports_hold_them_unchanged_or_escaped(folder: Path, tmp_path: Path, writer: Any) -> None:
    account = writer.write(open_folder(folder), tmp_path / "out")
    assert account.studies == len(CELLS)
    for path in (path for path in (tmp_path / "out").rglob("*") if path.suffix in (".html", ".csv", ".md")):
        assert SCRIPT not in path.read_text("utf-8")
        assert not any(line.startswith(FORMULA[:2]) for line in path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("action", ["inspect", "check"])
def test_commands_print_them_without_being_steered(
    folder: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / TURN).write_bytes(b"x")
    (folder / "t.jsonl").write_text((folder / "t.jsonl").read_text() + json.dumps({"image": f"{ESCAPE}\n{TURN}.png"}))
    main(["data", action, str(folder)])
    said = capsys.readouterr()
    assert f"{plain(ESCAPE)}\\n{plain(TURN)}" in said.out
    assert not any(sign in said.out + said.err for sign in ("\x1b", *TURNING))


def test_errors_name_files_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"x\nerror: all is well{TURN}"
    path.write_bytes(b"nothing")
    assert main(["data", "inspect", str(path)]) == 1
    said = capsys.readouterr().err
    assert [line.partition(":")[0] for line in said.splitlines()] == ["error", "hint"]
    assert "\\u202e" in said


@given(st.text())
def test_a_plain_line_is_one_line_and_loses_nothing(text: str) -> None:
    line = plain(text)
    assert len(line.splitlines()) <= 1
    assert not set(line) & set(TURNING)
    readable = "".join(sign for sign in text if sign.isprintable())
    if readable == text:
        assert line == text


def test_other_languages_stay_readable() -> None:
    for text in ("右肺结节", "عقدة في الرئة", "Grösse 3\u00a0mm"):
        assert plain(text) == text


@pytest.mark.parametrize("name", ["secret.png", "folder.ome.zarr"])
def test_links_out_of_the_folder_are_named_and_not_followed(folder: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    if name.endswith("png"):
        paint(target)
    else:
        target.mkdir()
    (folder / f"z-{name}").symlink_to(target)
    (folder / "t.jsonl").write_text(json.dumps({"image": f"z-{name}", "caption": "x"}) + "\n" + json.dumps(CELLS[0]))
    held = open_folder(folder)
    assert [study.images[0].path for study in held] == ["0.png"]
    assert any(line.startswith(f"z-{name}: a link that leads out") for line in held.skipped)


def test_links_within_the_folder_and_loops(folder: Path) -> None:
    (folder / "again.png").symlink_to("0.png")
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "t.jsonl").write_text("".join(json.dumps({"image": n, "caption": n}) + "\n" for n in ("again", "loop")))
    held = open_folder(folder)
    assert [study.images[0].path for study in held] == ["again.png"]
    assert any("loop" in line for line in held.skipped)


def test_a_table_and_facts_behind_a_link_are_not_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text((folder / "t.jsonl").read_text())
    (tmp_path / "other.toml").write_text('name = "Theirs"\n')
    (folder / "t.jsonl").unlink()
    (folder / "t.jsonl").symlink_to(tmp_path / "other.jsonl")
    (folder / "polyclinic.toml").symlink_to(tmp_path / "other.toml")
    with pytest.raises(LayoutError, match="no known layout"):
        open_folder(folder)


def test_a_folder_of_such_links_alone_is_told(tmp_path: Path) -> None:
    paint(tmp_path / "a.png")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").symlink_to(tmp_path / "a.png")
    with pytest.raises(LayoutError, match="nothing but links"):
        open_folder(tmp_path / "set")
