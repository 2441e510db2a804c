from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import sys
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from polyclinic.errors import PolyclinicError, ReadError, UsageError
from polyclinic.store.extract import Limits, extract

GOOD = (("a/one.txt", b"one"), ("a/b/two.bin", bytes(range(256)) * 5), ("three", b""))
SQUEEZE: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pytest.importorskip("pyarrow").compress(data, codec="zstd", asbytes=True),
}
Entries = Sequence[tuple[str, bytes]]


def tarred(entries: Entries, kind: bytes = tarfile.REGTYPE, form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(data), "../../secret"
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(entries: Entries, attributes: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = attributes << 16, method
            archive.writestr(info, data)
    return out.getvalue()


def placed(tmp_path: Path, data: bytes) -> tuple[Path, Path]:
    (tmp_path / "here").mkdir(exist_ok=True)
    archive = tmp_path / "here" / "archive"
    archive.write_bytes(data)
    return archive, tmp_path / "here" / "out"


def refused(tmp_path: Path, data: bytes, told: str, limits: Limits | None = None) -> None:
    """It is refused, and neither the folder nor anything else is there afterwards."""
    archive, out = placed(tmp_path, data)
    before = sorted(tmp_path.rglob("*"))  # names that climb would show beside "here"
    with pytest.raises(ReadError, match=told):
        extract(archive, out, limits)
    assert sorted(tmp_path.rglob("*")) == before


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("kind", SQUEEZE)
def test_tar_comes_out_whole(tmp_path: Path, kind: str, form: int) -> None:
    archive, out = placed(tmp_path, SQUEEZE[kind](tarred(GOOD, form=form)))
    assert extract(archive, out) == 3
    assert content(out) == dict(GOOD)
    assert sorted(path.name for path in out.parent.iterdir()) == ["archive", "out"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_comes_out_whole(tmp_path: Path, method: int) -> None:
    archive, out = placed(tmp_path, zipped([*GOOD, ("empty/", b"")], method=method))
    assert extract(archive, out) == 3
    assert content(out) == dict(GOOD)
    assert (out / "empty").is_dir()


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_other_scripts(tmp_path: Path, form: int) -> None:
    name = "/".join(["folder" * 10] * 3 + ["\u80ba-\u0631\u0626\u0629.png"])
    archive, out = placed(tmp_path, tarred([(name, b"x")], form=form))
    extract(archive, out)
    assert content(out) == {name: b"x"}


def test_the_folder_itself_may_be_a_member(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x").write_text("x")
    with tarfile.open(tmp_path / "t.tar", "w") as archive:
        archive.add(tmp_path / "in", ".")
    assert extract(tmp_path / "t.tar", tmp_path / "out") == 1
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == stat.S_IMODE((tmp_path / "in").stat().st_mode)


@pytest.mark.parametrize("pack", [tarred, zipped])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../out2/x", "leaves the folder"),
        ("a/../../x", "leaves the folder"),
        ("/etc/x", "leaves the folder"),
        ("//x", "leaves the folder"),
        ("C:/x", "leaves the folder"),
        ("a\\..\\x", "no plain path"),
        ("a\nb", "no plain path"),
        ("n" * 1001, "1001 characters"),
        ("n" * 256, "256 characters"),
        ("/".join("a" * 33), "deeper than 32"),
    ],
)
def test_names_that_are_refused(tmp_path: Path, pack: Callable[[Entries], bytes], name: str, told: str) -> None:
    refused(tmp_path, pack([("fine", b"x"), (name, b"x")]), told)


@pytest.mark.parametrize("pack", [tarred, zipped])
@pytest.mark.parametrize("second", ["a/one", "A/One", "a/one/x"])
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_nothing_is_overwritten(tmp_path: Path, pack: Callable[[Entries], bytes], second: str) -> None:
    refused(tmp_path, pack([("a/one", b"1"), (second, b"2")]), f"'{second}' would overwrite")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (tarfile.SYMTYPE, "is a link"),
        (tarfile.LNKTYPE, "is a link"),
        (tarfile.CHRTYPE, "is a device"),
        (tarfile.BLKTYPE, "is a device"),
        (tarfile.FIFOTYPE, "is a device"),
    ],
)
def test_links_and_devices_in_tar(tmp_path: Path, kind: bytes, told: str) -> None:
    refused(tmp_path, tarred([("evil", b"")], kind), f"'evil' {told}")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_in_zip(tmp_path: Path, mode: int) -> None:
    refused(tmp_path, zipped([("evil", b"../../secret")], mode | 0o777), "'evil' is a link or a device")


@pytest.mark.parametrize("what", ["folder", "file", "link to nothing", "link to a folder"])
def test_what_stands_there_stays(tmp_path: Path, what: str) -> None:
    archive, out = placed(tmp_path, zipped(GOOD))
    (tmp_path / "other").mkdir()
    if what.startswith("link"):
        out.symlink_to(tmp_path / ("other" if "folder" in what else "nowhere"))
    elif what == "file":
        out.write_text("mine")
    else:
        out.mkdir()
    with pytest.raises(UsageError, match="it exists"):
        extract(archive, out)
    assert list((tmp_path / "other").iterdir()) == []


def test_a_target_without_a_parent(tmp_path: Path) -> None:
    archive, _ = placed(tmp_path, zipped(GOOD))
    with pytest.raises(UsageError, match="no parent"):
        extract(archive, tmp_path / "no" / "out")


BOMB = bytes(2**22)


@pytest.mark.parametrize("kind", [*SQUEEZE, "zip"])
def test_bombs_stop_at_the_cap(tmp_path: Path, kind: str) -> None:
    data = zipped([("bomb", BOMB)]) if kind == "zip" else SQUEEZE[kind](tarred([("bomb", BOMB)]))
    refused(tmp_path, data, "'bomb' passes the cap of 1000000 bytes", Limits(bytes=10**6))
    if kind != "tar":
        refused(tmp_path, data, "'bomb' inflates to more than 50 times", Limits(ratio=50, slack=0))


@pytest.mark.parametrize("pack", [tarred, zipped])
def test_the_number_of_members_is_capped(tmp_path: Path, pack: Callable[[Entries], bytes]) -> None:
    refused(tmp_path, pack([(f"f{i}", b"") for i in range(6)]), "'f5' is one more than the 5", Limits(members=5))


def test_a_zip_that_lies_about_sizes(tmp_path: Path) -> None:
    data = bytearray(zipped([("liar", BOMB)]))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + at, 10)
    refused(tmp_path, bytes(data), "CRC", Limits(bytes=10**6))


def test_a_zip_whose_members_lie_over_one_another(tmp_path: Path) -> None:
    """One kernel, many names: each entry of the directory points at the same data."""
    data = zipped([("kernel", os.urandom(5000))])
    at, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry, rest = data[at:end], bytearray(data[end:])
    directory = b"".join(entry.replace(b"kernel", b"%06d" % i) for i in range(100))
    struct.pack_into("<HHI", rest, 8, 100, 100, len(directory))
    refused(tmp_path, data[:at] + directory + bytes(rest), "lie over one another")


def test_a_zip_with_a_huge_directory(tmp_path: Path) -> None:
    data = zipped([(f"{i:0200}", b"") for i in range(5000)])
    refused(tmp_path, data, "directory of 1230000 bytes; the most is 1048576", Limits(members=10))


def test_what_zip_can_do_and_is_not_read(tmp_path: Path) -> None:
    data = bytearray(zipped(GOOD))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", data, data.index(mark) + at, 1)
    refused(tmp_path, bytes(data), "'a/one.txt' is encrypted")
    refused(tmp_path, zipped(GOOD, method=zipfile.ZIP_LZMA), "compressed by method 14")


def test_a_header_that_asks_for_memory(tmp_path: Path) -> None:
    """An extended header of 64 MiB, 64 KiB packed."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**26
    archive, out = placed(tmp_path, gzip.compress(info.tobuf() + bytes(2**26)))
    tracemalloc.start()
    with pytest.raises(ReadError, match="header of 67108864 bytes"):
        extract(archive, out, Limits(ratio=1e9))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22


def test_sparse_files_and_broken_extended_headers(tmp_path: Path) -> None:
    def pax(text: bytes) -> bytes:
        info = tarfile.TarInfo("x")
        info.type, info.size = tarfile.XHDTYPE, len(text)
        return info.tobuf() + text.ljust(512, b"\0") + tarred([("x", b"")])

    refused(tmp_path, pax(b"22 GNU.sparse.major=1\n"), "'x' is a sparse file")
    refused(tmp_path, pax(b"99 path=x\n"), "broken extended header")
    refused(tmp_path, pax(b"x path=x\n"), "broken extended header")
    refused(tmp_path, pax(b"11 size=-9\n"), "member of no size")
    refused(tmp_path, pax(b"14 path=../up\n"), "leaves the folder")


@pytest.mark.parametrize("data", [b"", b"text that is no archive at all", b"PK\x03\x04" + bytes(40), b"\x1f\x8b" * 9])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    archive, out = placed(tmp_path, data)
    with pytest.raises(ReadError):
        extract(archive, out)
    assert not out.exists()


@pytest.mark.parametrize("kind", [*SQUEEZE, "zip"])
def test_damage_never_passes(tmp_path: Path, kind: str) -> None:
    """Cut anywhere: an error or (plain tar between two members) fewer files, never a file that differs."""
    whole = zipped(GOOD) if kind == "zip" else SQUEEZE[kind](tarred(GOOD))
    for number, cut in enumerate(range(20, len(whole) - 20, max(len(whole) // 12, 1))):
        archive, _ = placed(tmp_path, whole[:cut])
        out = tmp_path / f"out{number}"
        try:
            extract(archive, out)
        except PolyclinicError:
            assert not out.exists()
        else:
            assert content(out).items() <= dict(GOOD).items()


def test_a_flipped_bit_is_seen(tmp_path: Path) -> None:
    data = bytearray(zipped([("a", b"abc" * 99)], method=zipfile.ZIP_STORED))
    data[60] ^= 4
    refused(tmp_path, bytes(data), "CRC")
    squeezed = bytearray(gzip.compress(tarred(GOOD)))
    struct.pack_into("<I", squeezed, len(squeezed) - 8, zlib.crc32(b"other"))
    refused(tmp_path, bytes(squeezed), "CRC")


def test_zstandard_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    archive, out = placed(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(20))
    with pytest.raises(PolyclinicError, match="Zstandard"):
        extract(archive, out)
