"""The socket: slow heads are dropped, ports that are taken are told, and the command serves until it is ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest
from fakes import Fake

from polyclinic.cli import main
from polyclinic.errors import UsageError
from polyclinic.serving.app import create_app
from polyclinic.serving.listening import address, bind, server
from polyclinic.serving.settings import Settings

HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    settings = Settings(port=0, client_s=0.4)
    with bind(settings) as bound:
        running = server(create_app({"fake": Fake()}, settings=settings), settings)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield bound.getsockname()[1]
        running.should_exit = True
        thread.join()


def answered(client: socket.socket) -> bytes:
    client.settimeout(5)
    data = b""
    while not data.endswith(b"}"):
        if not (more := client.recv(65536)):
            break
        data += more
    return data


@pytest.mark.parametrize("first", [b"", HEAD])
def test_a_head_that_does_not_come_ends_the_connection(port: int, first: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(first)
        client.settimeout(5)
        assert client.recv(100) == b""


def test_a_slow_second_head_ends_the_connection_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(HEAD + b"\r\n")
        assert b"200 OK" in answered(client)
        client.sendall(HEAD)
        client.settimeout(5)
        assert client.recv(100) == b""


def test_a_slow_client_hinders_no_other(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow, socket.create_connection(("127.0.0.1", port)) as quick:
        slow.sendall(HEAD)
        quick.sendall(HEAD + b"\r\n")
        answer = answered(quick)
    assert b"200 OK" in answer
    assert b"server:" not in answer.lower()


def test_a_port_that_is_taken() -> None:
    with bind(Settings(port=0)) as bound:
        assert address(bound).startswith("http://127.0.0.1:")
        with pytest.raises(UsageError, match="cannot listen"):
            bind(Settings(port=bound.getsockname()[1]))


@pytest.mark.parametrize(
    "words",
    [("--host", "0.0.0.0"), ("--queue", "0"), ("--keys-file", "/nowhere/keys"), ("a/x", "b/x"), ("nowhere",)],
)
def test_wrong_calls(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "0", *words]) == 2
    assert "hint:" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_serves_the_shipped_checkpoint_and_ends_when_interrupted() -> None:
    command = [sys.executable, "-m", "polyclinic.cli", "serve", "generalist-nano", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)) as running:
        assert running.stdout is not None
        text = b""
        while not text.endswith(b"}\n"):
            text += running.stdout.readline()
        with urllib.request.urlopen(json.loads(text)["url"] + "/v1/models") as answer:
            (model,) = json.load(answer)["data"]
        assert model["phantom_trained"] is True
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
