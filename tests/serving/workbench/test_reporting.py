"""Drafts with their regions, what differs from the reference, and how they are sent on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from polyclinic.serving.settings import Settings
from polyclinic.serving.workbench.app import create_workbench
from polyclinic.serving.workbench.bench import Bench
from polyclinic.serving.workbench.model import LoadingModel
from polyclinic.serving.workbench.reporting import as_text, differences, stated_regions
from polyclinic.store.collection import open_collection
from polyclinic.study import Mask, Region, Report, Study

V1 = "/v1/workbench"
SECTIONS = {"findings": "A nodule is seen. No mass.", "impression": "Nodule."}


class Writes:
    """Reports a nodule, and draws a nodule and nothing else."""

    def report(self, studies: Sequence[Study], language: str = "en") -> list[Report]:
        return [Report(SECTIONS, language) for _ in studies]

    def segment(self, studies: Sequence[Study], prompts: Sequence[Sequence[str | Region]]) -> list[list[Region]]:
        mask = np.zeros((20, 30), bool)
        mask[2:5, 3:9] = True
        return [[Region(str(name), mask=Mask.from_array(mask)) for name in asked] for asked in prompts]


@pytest.fixture
def client(root: Path) -> Iterator[TestClient]:
    bench = Bench(lambda: open_collection(root), LoadingModel("writes", Writes))
    bench.wait(10)
    app = create_workbench(bench, Settings())
    with TestClient(app, base_url="http://127.0.0.1:8600", raise_server_exceptions=False) as made:
        yield made
    bench.close()


def sent(client: TestClient, form: str, **fields: Any) -> Any:
    return client.post(f"{V1}/export", json={"study": "a-2", "form": form, "sections": SECTIONS} | fields)


def test_a_draft_has_the_regions_of_what_it_states(client: TestClient) -> None:
    told = client.post(f"{V1}/draft", json={"study": "a-2"}).json()
    assert [region["name"] for region in told["regions"]] == ["nodule"], "the mass is denied and not drawn"
    assert told["regions"][0]["box"] == [3, 2, 9, 5]
    said = told["sections"]["findings"]
    assert [(one["text"], one["regions"]) for one in said] == [("A nodule is seen.", [0]), ("No mass.", [])]


def test_an_edit_is_tied_and_compared_anew(client: TestClient) -> None:
    edited = {"study": "a-2", "sections": {"impression": "Small effusion."}}
    told = client.post(f"{V1}/compare", json=edited | {"regions": [{"name": "effusion", "box": [0, 0, 2, 2]}]}).json()
    assert told["sections"]["impression"][0]["regions"] == [0]
    rows = {row["name"]: (row["reference"], row["written"], row["same"]) for row in told["findings"]}
    assert rows == {
        "nodule": ("present", "not mentioned", False),
        "effusion": ("not mentioned", "present", False),
    }


def test_a_study_without_a_report_is_compared_with_nothing(client: TestClient) -> None:
    told = client.post(f"{V1}/compare", json={"study": "b-1", "sections": SECTIONS}).json()
    assert (told["reference"], told["findings"]) == (None, [])
    assert told["sections"]["impression"][0]["text"] == "Nodule."


def test_what_is_passed_over_counts_as_denied_and_differences_come_first() -> None:
    there, here = Report({"f": "No mass. Possible effusion."}), Report({"f": "Effusion."})
    rows = differences(there, here)
    assert [(row["name"], row["same"]) for row in rows] == [("effusion", False), ("mass", True)]
    assert rows[0]["reference"] == "uncertain"


def test_reports_in_two_languages_are_each_read_in_their_own() -> None:
    rows = differences(Report({"f": "右肺结节。"}, "zh"), Report({"f": "Nodule."}))
    assert [(row["name"], row["same"]) for row in rows] == [("nodule", True)]


def test_text_and_json_hold_what_was_edited(client: TestClient) -> None:
    text = sent(client, "text")
    assert text.headers["content-type"].startswith("text/plain")
    assert text.text.startswith("FINDINGS\nA nodule is seen. No mass.\n\nIMPRESSION\nNodule.\n")
    assert "not a medical device" in as_text(Report({}))
    assert sent(client, "json").json()["sections"] == SECTIONS


def test_fhir_names_the_study_and_the_findings(client: TestClient) -> None:
    made = sent(client, "fhir").json()
    assert made["imagingStudy"][0]["identifier"]["value"] == "a-2"
    values = {one["code"]["text"]: one.get("valueBoolean") for one in made["contained"]}
    assert values == {"mass": False, "nodule": True}


def test_a_structured_report_needs_a_dicom_image(client: TestClient) -> None:
    refused = sent(client, "dicom-sr")
    assert refused.status_code == 400
    assert "DICOM image" in refused.json()["error"]["message"]


def test_a_structured_report_holds_what_is_stated_with_its_boxes() -> None:
    report = Report({"f": "Nodule. Possible effusion. No mass."})
    found = stated_regions(report, [Region("nodule", box=(1, 2, 3, 4)), Region("mass", box=(0, 0, 1, 1))])
    assert [(region.name, region.box, region.attributes["stated as"]) for region in found] == [
        ("effusion", None, "uncertain"),
        ("nodule", (1, 2, 3, 4), "present"),
    ]


def test_forms_and_studies_that_do_not_exist_are_refused(client: TestClient) -> None:
    assert sent(client, "exe").status_code == 422
    assert sent(client, "json", study="../set/a-2").status_code == 422
    assert client.post(f"{V1}/draft", json={"study": "a-2", "model": "/etc"}).status_code == 422
