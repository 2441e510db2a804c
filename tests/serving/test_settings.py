"""Bounds, keys and addresses of a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyclinic.errors import UsageError
from polyclinic.serving.settings import Settings, read_keys

KEY = "0123456789abcdef"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "::", "box.example"])
def test_another_address_needs_a_key(host: str) -> None:
    with pytest.raises(UsageError, match="needs an API key"):
        Settings(host=host)
    assert Settings(host=host, keys=(KEY,)).host == host


def test_bounds_and_weak_keys() -> None:
    with pytest.raises(UsageError, match="above 0"):
        Settings(queue=0)
    with pytest.raises(UsageError, match="fewer than 16"):
        Settings(keys=("short",))


def test_keys_come_from_environment_and_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{KEY}\n\nsecond-key-of-mine\n")
    assert read_keys({}) == ()
    assert read_keys({"POLYCLINIC_KEYS": f"{KEY}, other"}, file) == (KEY, "other", "second-key-of-mine")
    for wrong in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError, match="cannot read"):
            read_keys({}, wrong)
    file.write_text("\n")
    with pytest.raises(UsageError, match="holds no key"):
        read_keys({}, file)
