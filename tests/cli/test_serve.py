"""The command that serves: what it refuses before it listens, and that it serves until it is ended."""

from __future__ import annotations

import argparse
import base64
import io
import json
import logging
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from PIL import Image

from polyclinic.cli import main, serve
from polyclinic.phantom.world import Phantom
from polyclinic.serving.audit import LOGGER

KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _audit_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that ran in a test leaves no handler on a stream that is closed."""
    monkeypatch.setattr(LOGGER, "handlers", [logging.NullHandler()])


@pytest.mark.parametrize(
    "words",
    [
        ("--host", "0.0.0.0"),
        ("--queue", "0"),
        ("--keys-file", "/nowhere/keys"),
        ("--audit", "/nowhere/audit"),
        ("a/x", "b/x"),
        ("nowhere",),
    ],
)
def test_wrong_calls(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "0", *words]) == 2
    assert "hint:" in capsys.readouterr().err


def test_settings_come_from_the_call_and_keys_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = argparse.ArgumentParser()
    serve.arguments(parser)
    monkeypatch.setenv("POLYCLINIC_KEYS", KEY)
    (tmp_path / "keys").write_text(KEY[::-1])
    call = ["--host", "::", "--port", "9", "--deadline", "3", "--origin", "https://a", "--keys-file"]
    found = serve.settings_of(parser.parse_args([*call, str(tmp_path / "keys")]))
    assert (found.host, found.port, found.deadline_s, found.origins) == ("::", 9, 3.0, ("https://a",))
    assert found.keys == (KEY, KEY[::-1])


@pytest.mark.slow
def test_it_serves_the_shipped_checkpoint_and_says_what_the_command_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = io.BytesIO()
    Image.fromarray(Phantom("chest", seed=9).studies(0)[0].images[0].pixels[0]).save(film, "png")
    (tmp_path / "film.png").write_bytes(film.getvalue())
    command = [sys.executable, "-m", "polyclinic.cli", "serve", "generalist-nano", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)) as running:
        assert running.stdout is not None
        text = b""
        while not text.endswith(b"}\n"):
            text += running.stdout.readline()
        url = json.loads(text)["url"]
        form = {"image": base64.b64encode(film.getvalue()).decode(), "question": "Is there a nodule?"}
        asked = urllib.request.Request(
            f"{url}/v1/answer", json.dumps(form).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(asked) as answer:
            served = json.load(answer)
            assert answer.headers["polyclinic-phantom-trained"] == "yes"
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert b"nodule" not in told
    assert main(["answer", "generalist-nano", str(tmp_path / "film.png"), form["question"], "--json"]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert served.keys() == alone.keys()
    assert served["answer"] == alone["answer"]
