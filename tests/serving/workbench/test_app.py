"""The application as a whole."""

from __future__ import annotations

import subprocess
import sys

from starlette.testclient import TestClient

from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench


def test_no_first_page_waits_for_torch() -> None:
    code = "import sys, polyclinic.serving.workbench.app; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_page_has_its_twin_behind_the_guard(bench: Bench) -> None:
    with TestClient(create_workbench(bench, Settings()), base_url="http://127.0.0.1:8600") as client:
        for twin in ("about", "studies", "systems", "cards", "jobs"):
            assert client.get(f"/v1/workbench/{twin}").status_code == 200
            elsewhere = client.get(f"/v1/workbench/{twin}", headers={"origin": "http://elsewhere.example"})
            assert elsewhere.status_code == 403
        described = client.get("/openapi.json").json()["paths"]
    asked = {"ask", "draft", "compare", "export", "explain", "concepts", "jobs/fit", "jobs/stop"}
    assert {f"/v1/workbench/{twin}" for twin in asked} <= described.keys()
