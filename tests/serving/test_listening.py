"""The socket: slow heads are dropped, and ports that are taken are told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from fakes import Fake

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
