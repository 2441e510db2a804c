import dataclasses
import re
import xml.etree.ElementTree as ET

import pytest

from polyclinic.evaluation.assess import assess
from polyclinic.evaluation.card import Facts, write_card
from polyclinic.evaluation.priors import Priors
from polyclinic.study import Image, Report, Turn

EVIL = '<script>alert("x")</script>'
FACTS = Facts("run", "test", "polyclinic assess run data --split test --out out", 3.2)


def page_of(system, collection, studies, out, facts=FACTS):
    priors = Priors.from_studies(collection.split("train"))
    assess(system, collection, studies, out, priors)
    return write_card(out, facts, studies).read_text("utf-8")


@pytest.fixture
def page(perfect, collection, tmp_path):
    return page_of(perfect, collection, collection.split("test"), tmp_path)


def test_the_page_is_self_contained(page):
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#|data:image/png;base64,)', page)
    assert "url(" not in page
    assert "@import" not in page
    assert "prefers-color-scheme: dark" in page


def test_the_page_is_well_formed(page):
    body = page[page.index("<body>") : page.index("</html>")]
    ET.fromstring(body)  # every element is closed, every attribute quoted


def test_what_a_reader_must_find(page):
    for words in (
        "run on toy",
        "12 studies of 12 subjects",
        "not a medical device",
        "questions.<wbr/>closed.<wbr/>balanced_accuracy",
        "without image",
        "worst, number 1",
        "Reference report",
        "polyclinic assess run data --split test --out out",
        "recompute",
    ):
        assert words in page


def test_everything_foreign_is_escaped(perfect, collection, study_of, tmp_path):
    plain = study_of(0)
    evil = dataclasses.replace(
        plain,
        id=f"s{EVIL}",
        subject=EVIL,
        images=(dataclasses.replace(plain.images[0], path=f"{EVIL}.png"),),
        report=Report({"findings": f"{EVIL} nodule."}),
        regions=tuple(dataclasses.replace(r, name=f"{r.name}{EVIL}", kind=f"{EVIL}") for r in plain.regions),
        turns=(Turn(f"Is it {EVIL}?", "no", "closed", ("yes", "no"), topic=EVIL),),
        labels={},
    )
    named = dataclasses.replace(
        collection,
        header=dataclasses.replace(collection.header, name=EVIL),
        studies=(*collection.studies, evil),
    )
    page = page_of(
        type(perfect)([evil, study_of(1)]),
        named,
        [evil, study_of(1)],
        tmp_path,
        dataclasses.replace(FACTS, model=EVIL, command=EVIL, note=EVIL),
    )
    assert "<script" not in page.lower()
    assert "&lt;script&gt;" in page
    ET.fromstring(page[page.index("<body>") : page.index("</html>")])


def test_wrong_answers_and_findings_are_marked(perfect, collection, tmp_path):
    class Contrary(type(perfect)):
        def answer(self, asks):
            return [dataclasses.replace(a, text="no" if a.text == "yes" else "yes") for a in super().answer(asks)]

        def report(self, studies, language="en"):
            return [Report({"findings": "There is an effusion. The heart is normal."}) for _ in studies]

    page = page_of(Contrary(collection.split("test")), collection, collection.split("test"), tmp_path)
    assert "Surest wrong answers" in page
    assert "<mark>There is an effusion.</mark>" in page
    assert "effusion: not there" in page
    assert "nodule: missed" in page


def test_a_study_whose_image_has_gone_is_left_out(perfect, collection, tmp_path):
    studies = collection.split("test")
    assess(perfect, collection, studies, tmp_path, None)
    gone = [dataclasses.replace(s, images=(Image("gone.png"),)) for s in studies]
    page = write_card(tmp_path, FACTS, gone).read_text("utf-8")
    assert "worst, number 1" not in page
    assert "Scores" in page
