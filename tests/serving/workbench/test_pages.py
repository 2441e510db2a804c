"""The built pages: whole, of the source that is there, and under a policy that lets in nothing else."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from polyclinic.serving.workbench.pages import FOLDER, PageFile, read_pages, router

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "workbench"


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(router())
    return TestClient(app)


def test_all_that_the_page_names_is_there(client: TestClient) -> None:
    page = client.get("/")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) >= 3
    for address in named:
        assert address.startswith("/assets/"), "nothing is fetched from elsewhere"
        assert client.get(address).status_code == 200


def test_no_script_but_the_built_ones_may_run(client: TestClient) -> None:
    page = client.get("/")
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page.text)


def test_a_page_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    tag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-none-match": tag}).status_code == 304


def test_what_is_not_built_does_not_exist() -> None:
    app = FastAPI()
    app.include_router(router({"index.html": PageFile(b"<p>", "text/html", '"a"')}))
    client = TestClient(app)
    assert client.get("/").text == "<p>"
    assert client.get("/assets/index.html").status_code == 404


def test_nothing_built_is_large_and_no_address_of_elsewhere_is_fetched() -> None:
    files = read_pages()
    assert files
    for name, file in files.items():
        assert len(file.data) < 500_000, f"{name} is too large to keep in the repository"


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the pages' source does not come with the package")
def test_the_pages_are_built_from_the_source_that_is_there() -> None:
    files = [*(SOURCE / "src").rglob("*"), SOURCE / "index.html", SOURCE / "package-lock.json"]
    names = sorted(path.relative_to(SOURCE).as_posix() for path in files if path.is_file())
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0" + (SOURCE / name).read_bytes() + b"\0")
    built = (FOLDER / "built-from.txt").read_text("utf-8").strip()
    assert digest.hexdigest() == built, "the pages were changed and not built: cd workbench && npm run build"


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the pages' source does not come with the package")
def test_text_of_data_is_never_taken_for_markup() -> None:
    banned = re.compile(r"dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(")
    for path in (SOURCE / "src").rglob("*.ts*"):
        assert not banned.search(path.read_text("utf-8")), path
