"""What every request passes first: host, origin, key, size and time; and what every answer carries.

A body is taken in whole before anything reads it: so much and no more, within the time a client has, and within what
all bodies together may hold. What is behind never waits for a client.
"""

from __future__ import annotations

import asyncio
import hmac
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.responses import JSONResponse

from polyclinic.serving.audit import log_bug, method_of, route_of, write_line
from polyclinic.serving.metrics import Metrics
from polyclinic.serving.refusals import RefusedError
from polyclinic.serving.settings import Settings, is_local

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN_ROUTES = ("/health",)
CLOSED_CONNECTION = 499
SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class ClientGoneError(Exception):
    """The client closed its connection before its body was there."""


class Guard:
    """ASGI middleware around the whole application; a route may set its own value for a safe header."""

    def __init__(self, app: App, *, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics
        self.held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["request_id"] = uuid.uuid4().hex
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        began, status, body, key = time.monotonic(), CLOSED_CONNECTION, b"", None

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _safe(message.get("headers", []), scope["state"]["request_id"])
            await send(message)

        try:
            self._check_sender(headers)
            key = self._check_key(scope, headers)
            body = await self._body(headers, receive)
            await self.app(scope, _replay(body, receive), send_safely)
        except ClientGoneError:
            pass
        except Exception as error:
            if status == CLOSED_CONNECTION:  # nothing was answered yet
                await _answer_to(error)(scope, receive, send_safely)
            if not isinstance(error, RefusedError):
                log_bug(scope, error)
        finally:
            self.held -= len(body)
            seconds = time.monotonic() - began
            write_line(scope, status=status, seconds=seconds, received=len(body), key=key)
            self.metrics.count_request(f"{method_of(scope)} {route_of(scope)}", status, seconds)

    def _check_sender(self, headers: MutableMapping[str, str]) -> None:
        """Refuse pages of other origins, and names that were bent to point at this machine.

        Without a key, the address alone protects the server: a page whose name resolves to 127.0.0.1 would then
        be of the same origin (DNS rebinding), which its Host header shows.
        """
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self.settings.keys and not is_local(_name(host)):
            raise RefusedError("this server is asked by a name that is not its own", status=403, hint="use 127.0.0.1")
        own = (f"http://{host}", f"https://{host}", *self.settings.origins)  # a port is part of an origin
        foreign = _is_fetched_by_another(headers) if origin is None else origin not in own
        if foreign:
            raise RefusedError(
                "pages of this origin may not ask", status=403, hint="polyclinic serve --origin URL admits one"
            )

    def _check_key(self, scope: Scope, headers: MutableMapping[str, str]) -> str | None:
        """The key that was brought; compared in a time that tells nothing of it."""
        if not self.settings.keys or scope["path"] in OPEN_ROUTES:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        given = given.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        fits = [hmac.compare_digest(given.encode(), key.encode()) for key in self.settings.keys]
        if not any(fits):
            raise RefusedError("an API key is missing or wrong", status=401, hint="Authorization: Bearer KEY")
        return given

    async def _body(self, headers: MutableMapping[str, str], receive: Receive) -> bytes:
        """The whole body, within its cap and its time."""
        self._check_announced(headers.get("content-length", "0"))
        chunks, taken = [], 0
        try:
            async with asyncio.timeout(self.settings.client_s):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGoneError
                    chunks.append(message.get("body", b""))
                    taken += len(chunks[-1])
                    self.held += len(chunks[-1])
                    self._check_taken(taken)
                    more = message.get("more_body", False)
        except BaseException as error:
            self.held -= taken
            if isinstance(error, TimeoutError):
                raise RefusedError(f"the body took longer than {self.settings.client_s:g} s", status=408) from error
            raise
        return b"".join(chunks)

    def _check_announced(self, length: str) -> None:
        if not (length.isascii() and length.isdigit()):
            raise RefusedError("Content-Length is no number", status=400)
        self._check_taken(int(length))

    def _check_taken(self, taken: int) -> None:
        if taken > (most := self.settings.upload_bytes):
            raise RefusedError(f"the body has more than {most} bytes", status=413, hint="send a smaller image")
        if self.held > self.settings.held_bytes:
            raise RefusedError("too many uploads at a time", status=429, hint="ask again", retry_after_s=1)


def _answer_to(error: Exception) -> JSONResponse:
    """A refusal, or that there is a bug, whose text may quote the request and is left out."""
    bug = RefusedError(f"the server failed ({type(error).__name__})", status=500)
    refusal = error if isinstance(error, RefusedError) else bug
    return JSONResponse(refusal.body, refusal.status, refusal.headers | {"connection": "close"})


def _is_fetched_by_another(headers: MutableMapping[str, str]) -> bool:
    """Whether a browser says that a page of another origin wants something for itself, such as a picture.

    Such a request has no Origin header. A link that somebody follows is none: its answer is a page of its own.
    """
    site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode")
    return site not in ("none", "same-origin") and mode != "navigate"


def _name(host: str) -> str:
    """A Host header without its port."""
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _safe(headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    there = {name.lower() for name, _ in headers}
    added = {**SAFE_HEADERS, "x-request-id": request_id}
    return [*headers, *((n.encode(), v.encode()) for n, v in added.items() if n.encode() not in there)]


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body once; after that, what the connection says."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
