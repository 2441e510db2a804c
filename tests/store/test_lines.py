"""Studies that stay on disk: the same as those that are read at once, found by id, with damage named by line."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import LayoutError, ReadError, RecordError
from polyclinic.serving.workbench.worklist import row_of
from polyclinic.store.collection import STUDIES, Collection, open_collection, write_collection
from polyclinic.store.export import export
from polyclinic.store.lines import LineStudies, open_lines


@pytest.fixture
def root(plain: Collection, tmp_path: Path) -> Path:
    export(plain, tmp_path / "set")
    return tmp_path / "set"


def lines_of(root: Path) -> LineStudies:
    studies = open_lines(root).studies
    assert isinstance(studies, LineStudies)
    return studies


def test_they_are_those_that_are_read_at_once(root: Path) -> None:
    held, whole = open_lines(root), open_collection(root)
    assert held.header == whole.header
    assert tuple(held) == tuple(whole)
    assert (held.studies[-1], held.studies[1:3]) == (whole.studies[-1], whole.studies[1:3])
    assert np.array_equal(held.studies[2].images[0].pixels, whole.studies[2].images[0].pixels)
    with pytest.raises(IndexError):
        held.studies[len(whole)]


def test_they_are_found_by_id(root: Path) -> None:
    held, whole = open_lines(root), open_collection(root)
    for study in whole:
        assert held.find(study.id) == study
    assert held.find("nobody") is None


def test_they_take_little_memory(root: Path) -> None:
    held = lines_of(root)
    assert held[0] is not held[0]
    assert sum(map(sys.getsizeof, vars(held).values())) < 1000 * len(held)


def test_outlines_show_in_a_list_what_whole_studies_show(root: Path) -> None:
    held = lines_of(root)
    outlines = list(held.outlines())
    assert [row_of(0, study, "train") for study in outlines] == [row_of(0, study, "train") for study in held]
    assert [region.name for study in outlines for region in study.regions]
    assert all(region.mask is None and region.box is None for study in outlines for region in study.regions)
    assert not any(study.turns for study in outlines)


@pytest.mark.parametrize("ident", ['say "a"', "back\\slash", "überall", "\u2028", ""])
def test_ids_of_any_letters(root: Path, ident: str) -> None:
    whole = open_collection(root)
    first = replace(whole.studies[0], id=ident)
    write_collection(root, whole.header, [first, *whole.studies[1:]])
    assert open_lines(root).find(ident) == first


def test_fields_may_come_in_any_order_and_lines_may_be_blank(root: Path) -> None:
    text = (root / STUDIES).read_text("utf-8")
    turned = [json.dumps(dict(reversed(json.loads(line).items()))) for line in text.splitlines() if line]
    (root / STUDIES).write_text("\r\n\n".join(turned), "utf-8")
    assert tuple(open_lines(root)) == tuple(open_collection(root))


def test_a_file_that_is_replaced_is_read_as_it_was(root: Path) -> None:
    held, whole = lines_of(root), open_collection(root)
    write_collection(root, whole.header, whole.studies[::-1])
    assert tuple(held) == whole.studies


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"id":"x","subject":5}', "studies.jsonl:2.subject"),
        (b'{"id":"x"', "studies.jsonl:2: not JSON"),
        (b'{"id":"x","subject":"\xff"}', "studies.jsonl:2: not UTF-8"),
    ],
)
def test_a_broken_line_is_told_when_it_is_read(root: Path, line: bytes, said: str) -> None:
    first = (root / STUDIES).read_bytes().splitlines()[0]
    (root / STUDIES).write_bytes(first + b"\n" + line + b"\n")
    held = lines_of(root)
    assert held[0].id
    with pytest.raises(RecordError, match=said):
        held[1]
    with pytest.raises(RecordError, match=said):
        list(held.outlines())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"subject":"a"}', "studies.jsonl:2.id"),
        (b"[]", "studies.jsonl:2.id"),
        (b'{"id":7}', "studies.jsonl:2.id"),
        (b'{"id": "\xff"}', "studies.jsonl:2: not UTF-8"),
        (b"", "appears twice"),
    ],
)
def test_a_line_without_an_id_of_its_own_is_refused_at_once(root: Path, line: bytes, said: str) -> None:
    first = (root / STUDIES).read_bytes().splitlines()[0]
    (root / STUDIES).write_bytes(first + b"\n" + (line or first) + b"\n")
    with pytest.raises(RecordError, match=said):
        open_lines(root)


def test_what_is_no_collection_is_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(LayoutError):
        open_lines(tmp_path / "none")
    (root / STUDIES).unlink()
    (root / STUDIES).mkdir()
    with pytest.raises(LayoutError):
        open_lines(root)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read all")
def test_what_may_not_be_read_is_told(root: Path) -> None:
    (root / STUDIES).chmod(0)
    with pytest.raises(ReadError):
        open_lines(root)


def test_a_collection_of_nothing(root: Path) -> None:
    (root / STUDIES).write_text("")
    assert (len(open_lines(root)), tuple(open_lines(root))) == (0, ())
