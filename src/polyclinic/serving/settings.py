"""What a server may be told, with every bound it keeps to."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from polyclinic.errors import UsageError

KEYS_VARIABLE = "POLYCLINIC_KEYS"
SHORTEST_KEY = 16
MEBI = 2**20


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where to listen, whom to let in, and how much to take.

    Args:
        keys: of which a request has to bring one; none are needed on this machine's own address.
        origins: pages elsewhere that may ask, as `https://host:port`; a server's own pages always may.
        queue: requests that wait for one model; one more is answered 429.
        batch: most requests that are joined.
        deadline_s: after which a request is answered 504.
        upload_bytes: most bytes of one request's body.
        held_bytes: most bytes of all bodies that are held at a time; beyond it requests are answered 429.
        pixels: most pixels that an upload's header may claim, over all frames and channels.
        client_s: how long a client may take to send its head, and again its body.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    keys: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    queue: int = 256
    batch: int = 32
    deadline_s: float = 30.0
    upload_bytes: int = 64 * MEBI
    held_bytes: int = 512 * MEBI
    pixels: int = 256 * MEBI
    client_s: float = 20.0

    def __post_init__(self) -> None:
        """Refuse bounds that let nothing through, weak keys, and an open door.

        Raises:
            UsageError: one of these.
        """
        bounds = (self.queue, self.batch, self.deadline_s, self.upload_bytes, self.held_bytes, self.pixels)
        if min(*bounds, self.client_s) <= 0:
            raise UsageError(
                "queue, batch, deadline and caps are expected above 0", hint="leave them at their defaults"
            )
        if any(len(key) < SHORTEST_KEY for key in self.keys):
            raise UsageError(f"an API key has fewer than {SHORTEST_KEY} characters", hint="openssl rand -hex 24")
        if not self.keys and not is_local(self.host):
            raise UsageError(
                f"{self.host} can be reached from other machines, so it needs an API key",
                hint=f"set {KEYS_VARIABLE}, give --keys-file, or listen on 127.0.0.1",
            )


def is_local(host: str) -> bool:
    """Whether an address reaches only this machine.

    Example:
        >>> is_local("127.0.0.1"), is_local("::1"), is_local("localhost"), is_local("0.0.0.0")
        (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def read_keys(environment: Mapping[str, str], file: Path | None = None) -> tuple[str, ...]:
    """API keys from the environment (separated by commas) and from a file (a line each); never from a command line.

    Raises:
        UsageError: the file cannot be read, or holds no key.
    """
    found = [key.strip() for key in environment.get(KEYS_VARIABLE, "").split(",")]
    if file is not None:
        try:
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the keys in {file}", hint="a text file with one key a line") from error
        found += (held := [line.strip() for line in lines if line.strip()])
        if not held:
            raise UsageError(f"{file} holds no key", hint="a text file with one key a line")
    return tuple(dict.fromkeys(filter(None, found)))
