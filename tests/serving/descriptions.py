"""Requests made of an application's OpenAPI description by schemathesis, good and bad, and what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

ANSWERED = (200, 400, 401, 404, 405, 408, 413, 415, 422, 429)
Known = Mapping[str, Sequence[Any]]


def broken(app: Any, most_examples: int, *, under: str = "/", known: Known | None = None) -> list[str]:
    """Operations that answered with something else than they may.

    Args:
        under: the start of the paths that are asked.
        known: values that a field of a name is given in half of the requests, so that some of them reach far.
    """
    described = [result.ok() for result in schemathesis.openapi.from_dict(app.openapi()).get_all_operations()]
    found = []
    for operation in (one for one in described if one.path.startswith(under)):

        @settings(
            max_examples=most_examples,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=operation.as_strategy(), data=st.data())
        def ask(case: Any, data: st.DataObject) -> None:
            for fields in (case.query, case.body):
                _fill(fields, known or {}, data)
            status = asyncio.run(_status(app, case))
            if status not in ANSWERED:
                found.append(f"{case.method} {case.path}: {status}")

        ask()
    return found


def _fill(fields: Any, known: Known, data: st.DataObject) -> None:
    """Put known values in the place of made ones."""
    for name in sorted(fields.keys() & known.keys()) if isinstance(fields, dict) else ():
        if data.draw(st.booleans()):
            fields[name] = data.draw(st.sampled_from(known[name]))


def _sendable(part: Any) -> Any:
    """A part of form data as httpx takes it, which knows no numbers there."""
    return part if part is None or isinstance(part, bytes | str) else str(part)


async def _status(app: Any, case: Any) -> int:
    sent = case.as_transport_kwargs(base_url="http://localhost")
    kept = {name: sent[name] for name in ("params", "json", "data", "files", "headers") if sent.get(name) is not None}
    if isinstance(kept.get("data"), bytes | str):
        kept["content"] = kept.pop("data")
    if isinstance(kept.get("files"), list):
        kept["files"] = [(name, tuple(map(_sendable, part))) for name, part in kept["files"]]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        try:
            return (await http.request(sent["method"], sent["url"], **kept)).status_code
        except (httpx.InvalidURL, TypeError, ValueError, UnicodeError):  # what httpx itself will not send
            return 400
