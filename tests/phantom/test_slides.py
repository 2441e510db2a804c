"""Sections of histology as slides: fields without seams, pyramids that OpenSlide reads, regions at level 0."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import UsageError
from polyclinic.layouts import open_folder
from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.histology.files import write_slide
from polyclinic.phantom.histology.findings import Form, stain_form
from polyclinic.phantom.histology.section import Section
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import outline
from polyclinic.phantom.world import Phantom
from polyclinic.readers.slide import Slide
from polyclinic.readers.slide_sources import OpenSlideFile

WORLD = Phantom("histology", 3, Dials(size=64, fields=4, noise=0.0, prevalence=0.4))


def section(patient: int = 0, world: Phantom = WORLD) -> Section:
    held = world.studies(patient)[0].images[0].load
    assert isinstance(held, Section)
    return held


def steps(pixels: np.ndarray, axis: int) -> np.ndarray:
    """How much neighbouring columns (or rows) differ, one number a pair."""
    other = (0, 1) if axis == 2 else (0, 2)
    return np.abs(np.diff(pixels.astype(float), axis=axis)).mean(other)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("patient", [0, 1, 2])
def test_fields_continue_each_other(patient: int, axis: int) -> None:
    found = steps(section(patient)(), axis)
    seams = found[63::64]
    assert seams.max() < 1.5 * np.median(found)


def test_a_field_is_the_same_alone_and_in_any_order() -> None:
    whole, other = section()(), section()
    for column, row in ((3, 1), (0, 0), (2, 3)):
        part = whole[:, 64 * row : 64 * (row + 1), 64 * column : 64 * (column + 1)]
        assert (other.field(column, row) == part).all()


def test_fields_are_not_copies_of_each_other() -> None:
    whole = section()()
    assert np.abs(whole[:, :64, 64:128].astype(int) - whole[:, 64:128, :64]).mean() > 5


def test_the_pyramid_is_read_here_and_by_openslide(tmp_path: Path) -> None:
    made = section()
    write_slide(tmp_path / "a.svs", made)
    whole, other = made(), OpenSlideFile(tmp_path / "a.svs")
    with Slide(tmp_path / "a.svs") as held:
        assert [level.width for level in held.levels] == [256, 128, 64]
        assert held.levels == other.levels
        assert held.facts == other.facts
        assert (held.facts.magnification, held.facts.pixel_um) == (2.5, (4.0, 4.0))
        assert (held.tile(0, 0, 0, 256, 256) == whole).all()
        assert (held.tile(0, 10, 70, 99, 50) == whole[:, 70:120, 10:109]).all()
        means = whole.reshape(3, 128, 2, 128, 2).mean((2, 4))
        assert (held.tile(1, 0, 0, 128, 128) == np.rint(means)).all()
    assert (other.read(0, 0, 0, 256, 256).transpose(2, 0, 1) == whole).all()
    other.close()


def test_regions_lie_on_level_0_and_their_outlines_on_the_masks() -> None:
    regions = [region for patient in range(8) for region in WORLD.studies(patient)[0].regions]
    assert {"tumour", "necrosis"} <= {region.name for region in regions}
    for region in regions:
        assert region.array.shape == (256, 256)
        x, y = np.array(region.points).T
        area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
        assert area == pytest.approx(region.array.sum(), rel=0.1)


def test_a_tumour_is_darker_than_what_lies_around_it() -> None:
    studies = [study for patient in range(12) for study in WORLD.studies(patient)]
    told = [(study, region) for study in studies for region in study.regions if region.name == "tumour"]
    assert told
    for study, region in told:
        red = study.images[0].pixels[0].astype(float)
        assert red[region.array].mean() < red[~region.array].mean()


def test_cells_fill_a_lesion_up_to_its_bays() -> None:
    lesion = Lesion(1, "tumour", None, "centre", 0.1, "small", 1.0, "smooth", attributes={"grade": "poorly"})
    bay = np.zeros((128, 128), bool)
    bay[60:68, 108:114] = True  # 1.4 radii from the centre, where the outline wobbles out to 1.5
    most = {}
    for spread in (1.0, 1.5):
        form = Form((0.5, 0.5), 0.27, 0.0, (0.5, 0.0), spread)
        stains = np.zeros((3, 128, 128), np.float32)
        inside = stain_form(stains, lesion, form, np.random.default_rng(0), 1.0, lambda _: np.zeros((128, 128)))
        assert inside[bay].all()
        most[spread] = stains[0][bay].max()
    assert most[1.0] < 0.4 < most[1.5]


def test_a_section_strews_cells_as_far_as_its_lesions_reach() -> None:
    for patient in range(6):
        made = section(patient)
        for form in made.forms.values():
            edge = np.array(form.centre) - outline(form.centre, (form.radius,) * 2, form.angle, form.wobble, 64)
            assert form.strewn >= 0.99 * np.hypot(*edge.T).max()


def test_everything_is_so_many_times_larger_and_no_more_dangerous() -> None:
    patch, slide = (Phantom("histology", 3, Dials(size=64, fields=n, prevalence=0.4)) for n in (1, 4))
    for patient in range(4):
        small, large = (world.studies(patient)[-1] for world in (patch, slide))
        assert small.outcome == large.outcome
        for one, other in zip(small.findings, large.findings, strict=True):
            assert (one.name, one.present) == (other.name, other.present)
            if one.present:
                assert float(other.attributes["size_mm"]) == pytest.approx(4 * float(one.attributes["size_mm"]))


def test_a_collection_of_slides_reads_back_and_does_not_depend_on_the_workers(tmp_path: Path) -> None:
    small = Phantom("histology", 3, Dials(size=64, fields=2, prevalence=0.4))
    for workers in (1, 2):
        write_phantom(tmp_path / str(workers), Order(small, 26), workers)
    names = sorted(path.name for path in (tmp_path / "1" / "images").iterdir())
    assert all(name.endswith(".svs") for name in names)
    for name in names[:3]:
        assert (tmp_path / "1" / "images" / name).read_bytes() == (tmp_path / "2" / "images" / name).read_bytes()
    held = open_folder(tmp_path / "1")
    study = next(study for study in held if study.regions)
    image = study.images[0]
    assert (image.modality, image.spacing_mm, image.is_volume) == ("SM", (0.004, 0.004), False)
    assert image.pixels.shape[1:] == study.regions[0].array.shape
    assert "--slides 2" in str(held.header.note)
    assert study.outcome is not None


def test_memory_is_that_of_a_field_not_of_the_slide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = section(0, Phantom("histology", 3, Dials(size=64, fields=32, prevalence=0.0)))
    grain = np.random.default_rng(0).integers(0, 255, (3, 64, 64), dtype=np.uint8)
    monkeypatch.setattr(Section, "field", lambda *_: grain)
    tracemalloc.start()
    write_slide(tmp_path / "a.svs", made)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < np.prod(made.shape()) / 4


@pytest.mark.parametrize("dials", [{"fields": 3}, {"fields": 2, "size": 40}, {"fields": 32, "size": 256}])
def test_slides_that_cannot_be_are_refused(dials: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="expected"):
        Dials(**dials)


def test_other_domains_have_no_slides() -> None:
    with pytest.raises(UsageError, match="a phantom skin has no slides"):
        Phantom("skin", dials=Dials(fields=2))
