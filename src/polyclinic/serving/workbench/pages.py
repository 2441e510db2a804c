"""The built pages: the files that come with the package, under a policy that lets in no script but their own."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

FOLDER = Path(__file__).parents[1] / "pages"
INDEX = "index.html"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class PageFile:
    """A built file in memory."""

    data: bytes
    kind: str
    tag: str


def read_pages(folder: Path = FOLDER) -> dict[str, PageFile]:
    """The built files by the path they are asked for under; what is not among them does not exist."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
            found[path.relative_to(folder).as_posix()] = PageFile(data, kind, tag)
    return found


def router(files: dict[str, PageFile] | None = None) -> APIRouter:
    """The pages at `/`, their files at `/assets/...`."""
    held = read_pages() if files is None else files
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def index(request: Request) -> Response:
        return _answer(held.get(INDEX), request)

    @routes.get("/assets/{name}")
    def asset(name: str, request: Request) -> Response:
        return _answer(held.get(f"assets/{name}"), request)

    return routes


def _answer(file: PageFile | None, request: Request) -> Response:
    if file is None:
        return Response("not found", 404, media_type="text/plain", headers=SAFE)
    headers = {**SAFE, "ETag": file.tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.data, media_type=file.kind, headers=headers)
