"""The command that opens the workbench: what it refuses before it listens, and what it lays on the bench."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

import pytest

from polyclinic.cli import main, open
from polyclinic.study import Study


@pytest.mark.parametrize(
    "words",
    [("/nowhere",), (".", "--model", "nowhere")],
    ids=["no folder", "no model"],
)
def test_wrong_calls(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", "--port", "0", *words]) == 2
    assert "hint:" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["open", ".", "--port", str(taken.getsockname()[1])]) == 2
    assert "--port" in capsys.readouterr().err


def test_the_bench_is_laid_while_one_waits(tmp_path: Path) -> None:
    from polyclinic.store.collection import Header, write_collection

    write_collection(tmp_path / "set", Header("mine"), [Study("a", "a")])
    parser = argparse.ArgumentParser()
    open.arguments(parser)
    laid = open.lay(parser.parse_args([str(tmp_path / "set"), "--corrections", str(tmp_path / "by-hand")]))
    laid.wait(10)
    told = laid.about()
    assert (told["name"], told["studies"], told["corrections"]) == ("mine", 1, "by-hand")
    assert told["model"]["state"] == "none"


def test_a_folder_that_is_no_collection_is_told_on_the_page(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    open.arguments(parser)
    laid = open.lay(parser.parse_args([str(tmp_path)]))
    laid.wait(10)
    told = laid.about()
    assert told["state"] == "failed"
    assert told["error"]
