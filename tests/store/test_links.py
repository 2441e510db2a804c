"""Links out of a folder are refused, whichever way they lead; links within it are followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import ReadError
from polyclinic.store.links import check_links, leaves


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("set", "set/images", "set-of-another", "set/ct"):
        (tmp_path / folder).mkdir()
    for file in ("set/images/a.png", "set-of-another/b.png", "set/ct/1.dcm"):
        (tmp_path / file).write_bytes(b"\x89PNG")
    return tmp_path / "set"


def test_files_and_links_within_the_folder_are_taken(root: Path) -> None:
    (root / "b.png").symlink_to("images/a.png")
    (root / "more").symlink_to(root / "images")
    check_links(["images/a.png", "b.png", "more/a.png", "missing.png"], root)


def test_the_folder_itself_may_be_reached_by_a_link(root: Path) -> None:
    (root.parent / "called").symlink_to(root)
    check_links(["images/a.png"], root.parent / "called")


@pytest.mark.parametrize("target", ["../../set-of-another/b.png", "/etc/passwd", "/dev/zero", "../../nothing"])
def test_a_link_to_elsewhere_is_refused_and_named(root: Path, target: str) -> None:
    (root / "images/b.png").symlink_to(target)
    with pytest.raises(ReadError, match=r"images/b.png is a link that leads out"):
        check_links(["images/a.png", "images/b.png"], root)


def test_a_folder_that_leads_elsewhere_is_refused(root: Path) -> None:
    (root / "more").symlink_to(root.parent / "set-of-another")
    with pytest.raises(ReadError, match="leads out"):
        check_links(["more/b.png"], root)


def test_a_loop_of_links_is_no_reason_to_fail(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    assert not leaves(root / "a", str(root))


def test_a_slice_of_a_series_is_looked_at_too(root: Path, write_series) -> None:  # type: ignore[no-untyped-def]
    import numpy as np

    (root / "ct/1.dcm").unlink()
    files = write_series(root / "ct", np.zeros((3, 8, 9), np.int16))
    moved = root.parent / "set-of-another" / files[1].name
    files[1].rename(moved)
    files[1].symlink_to(moved)
    with pytest.raises(ReadError, match="ct is a link"):
        check_links(["ct"], root)
