"""Random access in packed streams: any position gives what unpacking the whole gives, and the way there is short."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyclinic.readers import inflate
from polyclinic.readers.inflate import Inflated, inflated_head, inflated_whole

PLAIN = np.random.default_rng(0).integers(0, 4, 300_000, dtype=np.uint8).tobytes()
PACKED = {
    "gzip": gzip.compress(PLAIN),
    "zlib": zlib.compress(PLAIN),
    "members": gzip.compress(PLAIN[:100_000]) + gzip.compress(PLAIN[100_000:]) + bytes(8),
}


@pytest.fixture(autouse=True)
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflate, "STEP", 20_000)
    monkeypatch.setattr(inflate, "MOST_PLAIN", 5_000)
    monkeypatch.setattr(inflate, "CHUNK", 1_000)
    inflate._places.cache_clear()


@pytest.mark.parametrize("form", PACKED)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.integers(0, 310_000), st.integers(0, 50_000)), max_size=6))
def test_any_position_gives_the_plain_bytes(tmp_path: Path, form: str, asked: list[tuple[int, int]]) -> None:
    path = tmp_path / form
    path.write_bytes(b"head" + PACKED[form])
    with Inflated(path, start=4) as file:
        for start, length in asked:
            assert file.seek(start) == min(start, len(PLAIN))
            assert file.read(length) == PLAIN[start : start + length]
            assert file.tell() == min(start + length, max(len(PLAIN), 0)) or start > len(PLAIN)


def test_the_way_to_a_place_seen_before_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(PACKED["gzip"])
    with Inflated(path) as file:
        file.read(len(PLAIN))
    read = []
    monkeypatch.setattr(Inflated, "_keep", lambda self: read.append(self._plain))
    with Inflated(path) as file:
        file.seek(250_000)
        assert file.read(10) == PLAIN[250_000:250_010]
    assert len(read) <= 6  # 20,000 bytes of step in parts of 5,000; from the start it would be 50


def test_states_are_few_and_go_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflate, "MOST_PLACES", 3)
    path = tmp_path / "a.gz"
    path.write_bytes(PACKED["gzip"])
    with Inflated(path) as file:
        file.read(len(PLAIN))
        assert len(file._places) == 3
    path.write_bytes(gzip.compress(b"another"))
    with Inflated(path) as file:
        assert file.read() == b"another"


def test_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(PACKED["gzip"][:5_000])
    with Inflated(path) as file, pytest.raises(EOFError):
        file.seek(200_000)
    path.write_bytes(b"no stream at all")
    with Inflated(path) as file, pytest.raises(zlib.error):
        file.read(1)


def test_only_distances_from_the_start_can_be_sought(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(PACKED["gzip"])
    with Inflated(path) as file, pytest.raises(io.UnsupportedOperation):
        file.seek(0, io.SEEK_END)


def test_heads() -> None:
    assert inflated_head(PACKED["gzip"][:200], 16) == PLAIN[:16]
    assert inflated_head(b"\x1f\x8bxxxxxxxxxxx", 16) == b""


def test_a_whole_file_in_one_go_is_its_bytes_or_nothing(tmp_path: Path) -> None:
    plain, path = bytes(range(256)) * 40, tmp_path / "a.gz"
    path.write_bytes(gzip.compress(plain))
    found = inflated_whole(path, len(plain))
    assert found is not None
    assert found.tobytes() == plain
    assert inflated_whole(path, len(plain) - 1) is None
    assert inflated_whole(path, len(plain) + 1) is None
    packed = bytearray(path.read_bytes())
    packed[-6] ^= 1  # the checksum
    path.write_bytes(packed)
    assert inflated_whole(path, len(plain)) is None


def test_of_several_members_the_first_alone_is_not_the_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"abc") + gzip.compress(b"defg"))
    assert inflated_whole(path, 7) is None
