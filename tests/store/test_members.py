"""Members: their names, reading them as files, and what is refused."""

from __future__ import annotations

import os
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from polyclinic.errors import ReadError, UsageError
from polyclinic.store import members
from polyclinic.store.members import MemberFile, attach_members, check_bytes, check_member_size, member_names
from polyclinic.study import Image, Study


@given(st.lists(st.text("ab./\\ é-", min_size=1), max_size=4), st.integers(0, 10**7))
def test_names_group_under_one_key(paths: list[str], number: int) -> None:
    key = f"{number:08d}"
    names = member_names(key, tuple(paths))
    assert {name.partition(".")[0] for name in names} == {key}
    assert len(set(names)) == len(paths) + 1
    assert not any("/" in name or "\\" in name for name in names)


@pytest.mark.parametrize(
    ("path", "ending"),
    [
        ("a.nii.gz", ".nii.gz"),
        ("a.ome.tiff", ".ome.tiff"),
        ("scan.2024.png", ".png"),
        ("A.PNG", ".png"),
        ("plain", ".bin"),
        ("d.x/a.svs", ".svs"),
    ],
)
def test_endings_stay(path: str, ending: str) -> None:
    assert member_names("k", (path,))[1] == f"k.0{ending}"


def test_errors_name_the_member_and_no_temporary_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = len(os.listdir("/proc/self/fd"))
    for name in ("k.0.png", "k.0.bin"):
        broken = MemberFile(name, f"shard 1, member {name}", lambda: b"\x89PNG\r\n\x1a\n")
        with pytest.raises(ReadError, match=rf"cannot read shard 1, member {name}"):
            broken.pixels()
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == opened


def test_labels_are_read_once(sharded: Path) -> None:
    reads = []

    def fetch() -> bytes:
        reads.append(1)
        return written("PNG")

    member = MemberFile("k.0.png", "here", fetch)
    assert (member.labels() == member.labels()).all()
    assert (member.shape(), len(reads)) == ((1, 3, 3), 2)


def test_a_member_tells_a_volume_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nibabel

    nibabel.save(nibabel.Nifti1Image(np.zeros((5, 4, 3), np.uint8), np.eye(4)), tmp_path / "deep.nii")
    data = (tmp_path / "deep.nii").read_bytes()
    files = {"deep.nii": MemberFile("deep.nii", "shard", lambda: data)}
    (image,) = attach_members(Study("s", "p", images=(Image("deep.nii"),)), files).images
    monkeypatch.setattr(MemberFile, "pixels", None)
    assert image.is_volume


def written(form: str) -> bytes:
    file = BytesIO()
    Pillow.fromarray(np.eye(3, dtype=np.uint8)).save(file, form)
    return file.getvalue()


def test_a_photograph_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a file was made")

    monkeypatch.setattr(members, "_placed", refused)
    assert (MemberFile("k.0.png", "here", lambda: written("PNG")).pixels()[0] == np.eye(3)).all()
    with pytest.raises(ReadError, match="here"):
        MemberFile("k.0.png", "here", lambda: written("PNG")[:-30]).pixels()
    with pytest.raises(AssertionError, match="a file"):
        MemberFile("k.0.png", "here", lambda: written("TIFF")).pixels()


def test_content_counts_not_the_name() -> None:
    assert (MemberFile("k.0.png", "here", lambda: written("TIFF")).pixels()[0] == np.eye(3)).all()


def test_a_file_that_the_shard_lacks_is_told() -> None:
    with pytest.raises(ReadError, match="study a: its shard has no member for x"):
        attach_members(Study("a", "p", images=(Image("x.png"),)), {})


def test_checks() -> None:
    good = zlib.crc32(b"abc")
    assert check_bytes(b"abc", 3, good, "here") == b"abc"
    with pytest.raises(ReadError, match="here is damaged"):
        check_bytes(b"abd", 3, good, "here")
    with pytest.raises(ReadError, match="here is cut off: 2 of 3"):
        check_bytes(b"ab", 3, good, "here")
    with pytest.raises(ReadError, match=r"3\.0 GiB"):
        check_member_size(3 * 2**30, "here")
    with pytest.raises(UsageError):
        member_names("k", ("a.pkl",))
