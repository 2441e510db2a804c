"""The real sets beside the repository, where they are: what each must become."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from polyclinic.curate.slices import slices
from polyclinic.errors import ReadError
from polyclinic.layouts import open_folder, recognise
from polyclinic.readers import read_pixels, read_shape
from polyclinic.store.collection import Collection
from polyclinic.store.leaks import find_leaks

SETS = Path(__file__).parents[3] / "shared" / "data"


def opened(name: str) -> Collection:
    if not (SETS / name).is_dir():
        pytest.skip(f"the set {name} is not beside the repository")
    return open_folder(SETS / name)


def regions(collection: Collection) -> Counter[str]:
    return Counter(region.name for study in collection for region in study.regions)


def splits(collection: Collection) -> tuple[int, ...]:
    counts = Counter(study.split for study in collection)
    return counts["train"], counts["val"], counts["test"]


def test_covid_ct() -> None:
    held = opened("covid-ct")
    assert (len(held), splits(held), held.skipped) == (342, (233, 45, 64), ())
    assert Counter(study.labels["label"] for study in held) == {"covid": 172, "non-covid": 170}
    assert sum(bool(study.captions) for study in held) == 172
    assert not any(caption.startswith("[") for study in held for caption in study.captions)
    assert find_leaks(held, held.header.splits).of("same subject") == ()


def test_covid_cxr() -> None:
    held = opened("covid-cxr")
    assert (len(held), splits(held), held.skipped) == (212, (139, 25, 48), ())
    assert regions(held) == {"left lung": 212, "right lung": 212}
    assert {region.kind for study in held for region in study.regions} == {"organ"}
    assert sum(study.prior is not None for study in held) == 81
    assert sum(study.report is not None for study in held) == 135
    assert "todo" not in {study.labels.get("finding") for study in held}
    assert Counter(study.images[0].view for study in held) == {"PA": 118, "AP Supine": 65, "AP": 29}


def test_nuclei_are_instances() -> None:
    held = opened("dsb2018-nuclei")
    assert (len(held), splits(held)) == (150, (90, 30, 30))
    for study in held:
        assert len(study.regions) == study.labels["n_nuclei"]
        assert all(region.name == "nuclei" and region.box for region in study.regions)
    first = held.studies[0].regions[0]
    x0, y0, x1, y1 = map(int, first.box or ())
    assert first.array[y0:y1, x0:x1].sum() == first.array.sum() > 0


def test_vessels() -> None:
    held = opened("retina-vessels")
    assert (len(held), len({study.subject for study in held}), splits(held)) == (50, 40, (32, 7, 11))
    assert regions(held) == {"vessel": 50}
    assert all(study.regions[0].array.shape == study.images[0].pixels.shape[1:] for study in held)
    assert find_leaks(held, held.header.splits).leaks == ()


def test_blood_cells() -> None:
    held = opened("bccd")
    assert (len(held), splits(held)) == (237, (154, 36, 47))
    assert regions(held) == {"RBC": 2716, "WBC": 240, "Platelets": 240}


def test_questions() -> None:
    held = opened("vqa-rad")
    assert recognise(SETS / "vqa-rad").layout.NAME == "questions"
    assert (len(held), splits(held)) == (204, (132, 31, 41))
    turns = [turn for study in held for turn in study.turns]
    assert all(turn.answer in turn.options for turn in turns if turn.kind == "closed")
    assert Counter(turn.options for turn in turns)["yes", "no"] == 1103
    assert Counter(study.labels["organ"] for study in held) == {"CHEST": 80, "HEAD": 64, "ABD": 60}


def test_hippocampus_volumes_and_their_slices() -> None:
    held = opened("msd-hippocampus")
    assert (len(held), splits(held)) == (140, (98, 14, 28))
    assert regions(held) == {"anterior": 140, "posterior": 140}
    study = held.studies[0]
    assert [int(region.array.sum()) for region in study.regions] == [
        study.labels["anterior_voxels"],
        study.labels["posterior_voxels"],
    ]
    planes = slices(study)
    voxels = sum(int(region.array.sum()) for plane in planes for region in plane.regions)
    assert voxels == sum(int(region.array.sum()) for region in study.regions)


def test_polyps_have_mask_and_box() -> None:
    held = opened("kvasir-seg-mini")
    for study in held:
        (region,) = study.regions
        assert (region.name, region.kind) == ("polyp", "finding")
        x0, y0, x1, y1 = map(int, region.box or ())
        assert region.array[y0 : y1 + 1, x0 : x1 + 1].sum() == region.array.sum()


def test_figure1_duplicates_are_found() -> None:
    held = opened("figure1-cxr")
    assert (len(held), sum(study.report is not None for study in held)) == (55, 48)
    (leak,) = find_leaks(held, held.header.splits).leaks
    assert (leak.tie, leak.ids) == ("near-duplicate pixels", ("COVID-00033", "COVID-00037"))


def test_reports_without_images() -> None:
    held = opened("iu-xray-reports-text")
    assert len(held) == 1000
    assert all(study.report is not None and not study.images for study in held)
    assert "names no images" in str(held.header.note)


def test_imaging_mass_cytometry() -> None:
    held = opened("imc-pancreas")
    assert [study.images[0].pixels.shape for study in held] == [(5, 100, 100)] * 3
    assert [len(study.regions) for study in held] == [study.labels["n_cells"] for study in held]


def test_skin_can_be_read() -> None:
    assert len(opened("ham10000-mini")) == 5


def test_a_brain_study_is_five_volumes_on_two_grids() -> None:
    held = opened("brain-mr-dicom-study")
    assert recognise(SETS / "brain-mr-dicom-study").layout.NAME == "dicom studies"
    (study,) = held.studies
    assert [image.channels[0] for image in study.images] == [
        *("11 T1post", "26401 T1pre_reg", "36468 FLAIR_reg", "37870 T2_reg", "HippoCrop")
    ]
    assert [image.pixels.shape for image in study.images] == [(1, 22, 320, 280)] * 4 + [(1, 40, 50, 34)]
    assert len({image.affine for image in study.images}) == 2
    assert held.skipped == ()


def test_tumours_have_their_name() -> None:
    held = opened("tumour-mr")
    assert regions(held) == {"tumour": 3}
    assert [int(study.regions[0].array.sum()) for study in held] == [4137, 453, 143]


def test_two_visits_of_a_brain_in_three_sequences() -> None:
    first, second = opened("ms-longitudinal-mri")
    assert (first.subject, second.subject, second.prior) == ("patient01", "patient01", first.id)
    assert [image.channels for image in second.images] == [("T1",), ("T2",), ("FLAIR",)]
    assert all(image.is_volume and image.affine for study in (first, second) for image in study.images)


def test_runs_of_functional_mr_with_what_was_shown() -> None:
    held = opened("haxby2001-subset")
    assert (len(held), splits(held)[0], held.skipped) == (13, 8, ())
    runs = [study for study in held if "run" in study.labels]
    assert Counter(study.split for study in runs) == {"train": 8, "val": 2, "test": 2}
    assert {"face", "house", "events", "motion"} < set(runs[0].signals)
    assert {"brain", "ventral temporal cortex"} < {region.name for region in runs[0].regions}
    for region in runs[0].regions:
        assert region.array.shape == runs[0].images[region.image].pixels.shape[1:]


def test_channels_listed_in_a_table_become_images() -> None:
    held = opened("cellprofiler-multichannel")
    assert Counter(len(study.images[0].channels) for study in held) == {0: 12, 2: 2, 3: 5}
    shapes = {study.id: study.images[0].pixels.shape for study in held}
    assert (shapes["01_POS002"], shapes["0_1_N"]) == ((3, 1006, 1000), (2, 1040, 1392))
    assert len({study.subject for study in held if "frame" in study.labels}) == 1


def test_reference_questions_are_kept() -> None:
    held = opened("vqa-med-2021-vqg")
    assert (len(held), sum(len(study.captions) for study in held) > 200) == (76, True)
    assert all(study.captions for study in held)


def test_what_cannot_be_read_of_the_transfer_syntaxes_is_broken_by_design() -> None:
    held = opened("dicom-transfer-syntaxes")
    assert [line.split("/")[1].split(" ")[0].rstrip(":") for line in held.skipped] == [
        "meta_missing_tsyntax.dcm",
        "nested_priv_SQ.dcm",
        "badVR.dcm",
    ]


def test_every_transfer_syntax_is_read_or_named() -> None:
    if not (SETS / "dicom-transfer-syntaxes").is_dir():
        pytest.skip("the set dicom-transfer-syntaxes is not beside the repository")
    read = refused = 0
    for path in sorted((SETS / "dicom-transfer-syntaxes" / "files").glob("*.dcm")):
        try:
            assert read_pixels(path).shape == read_shape(path)
            read += 1
        except ReadError as error:
            refused += bool(error.hint)
    assert (read + refused, read >= 52) == (57, True)


def test_every_article_is_read_and_its_figures_are_matched() -> None:
    held = opened("jats-articles")
    assert recognise(SETS / "jats-articles").layout.NAME == "JATS articles"
    assert [len(study.images) for study in held if study.images] == [1, 1]
    assert (len(held), held.skipped) == (97, ())  # the figures of all but one article are not there
    texts = open_folder(SETS / "jats-articles" / "xml_only")
    assert (len(texts), len({study.subject for study in texts}), texts.skipped) == (95, 20, ())
    assert sum(len(study.captions) > 1 for study in texts) == 92
    assert {study.source.licence for study in texts if study.source} == {
        "CC-BY-2.0",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-NC-SA-3.0",
    }
