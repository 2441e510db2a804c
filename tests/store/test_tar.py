from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.errors import ReadError
from polyclinic.store.tar import members


def written(path: Path, *infos: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w", format=form) as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return path


def info(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size = kind, size
    return made


def ignore(count: int) -> None:
    """Nobody counts."""


def test_members_and_what_they_cost(tmp_path: Path) -> None:
    path = written(tmp_path / "t.tar", info("d", tarfile.DIRTYPE), info("d/a", size=700), info("l", tarfile.SYMTYPE))
    spent: list[int] = []
    read = [(one.name, one.kind, b"".join(one.chunks)) for one in members(path, spent.append)]
    assert read == [("d", "folder", b""), ("d/a", "file", bytes(700)), ("l", "link", b"")]
    assert sum(spent) == path.stat().st_size


def test_bytes_that_nobody_asks_for_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "t.tar", info("a", size=2000), info("b", size=3))
    assert [one.name for one in members(path, ignore)] == ["a", "b"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200), min_size=1, max_size=4),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_names_as_tarfile_reads_them(tmp_path: Path, names: list[str], form: int) -> None:
    path = written(tmp_path / "t.tar", *map(info, names), form=form)
    with tarfile.open(path) as archive:
        assert [one.name.rstrip("/") for one in members(path, ignore)] == [
            name.rstrip("/") for name in archive.getnames()
        ]


def test_an_archive_cut_in_a_member(tmp_path: Path) -> None:
    path = written(tmp_path / "t.tar", info("a", size=2000))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ReadError, match="truncated"):
        list(members(path, ignore))
