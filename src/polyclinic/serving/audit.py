"""The audit line: who asked what kind of thing when, and how it went; never what was asked or answered.

A line is one JSON object. Routes stand as their templates, so that nothing of an address (a study's id, a name in a
query) is written; keys stand as the start of their SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
import traceback
from collections.abc import Mapping
from typing import Any

LOGGER = logging.getLogger("polyclinic.audit")
UNKNOWN_ROUTE = "none"
MOST_FRAMES = 5
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def route_of(scope: Mapping[str, Any]) -> str:
    """The template of the route that took a request."""
    return str(getattr(scope.get("route"), "path", None) or UNKNOWN_ROUTE)


def method_of(scope: Mapping[str, Any]) -> str:
    """The request's method; a made-up one is not repeated."""
    return scope["method"] if scope["method"] in METHODS else "OTHER"


def fingerprint(key: str | None) -> str | None:
    """A name for a key that does not give it away."""
    return None if key is None else hashlib.sha256(key.encode()).hexdigest()[:12]


def log_bug(scope: Mapping[str, Any], error: Exception) -> None:
    """Log where an unforeseen error came from, without its text."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    places = [f"{frame.filename}:{frame.lineno}" for frame in frames]
    line = {"request": scope["state"]["request_id"], "error": type(error).__name__, "at": places}
    LOGGER.error(json.dumps(line))


def write_line(scope: Mapping[str, Any], *, status: int, seconds: float, received: int, key: str | None) -> None:
    """Log one request."""
    line = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "request": scope["state"]["request_id"],
        "method": method_of(scope),
        "route": route_of(scope),
        "status": status,
        "ms": round(1000 * seconds, 1),
        "bytes": received,
        "key": fingerprint(key),
        "model": scope["state"].get("model"),
    }
    LOGGER.info(json.dumps(line))
