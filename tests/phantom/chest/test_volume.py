import numpy as np
import pytest

from polyclinic.errors import UsageError
from polyclinic.phantom.chest.patients import sample_patient
from polyclinic.phantom.chest.projection import grid, project
from polyclinic.phantom.chest.scene import WATER_PER_MM
from polyclinic.phantom.chest.thorax import Chest
from polyclinic.phantom.chest.volume import LABELS, rasterise
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom


@pytest.mark.parametrize("index", [1, 8])
def test_the_ct_summed_along_the_rays_is_the_film_before_noise(index):
    patient = sample_patient(3, index)
    scene = Chest.of(3, patient, Dials()).scene(patient.visits[0])
    volume = rasterise(scene, spacing_mm=3.8)
    density = volume.hounsfield[::-1, ::-1] / 1000.0 + 1.0
    summed = (density.sum(1) * 3.8 * WATER_PER_MM).T[::-1]
    film = project(scene, grid(100, "frontal")).thickness
    inside = film > 0.5
    assert np.abs(summed - film)[inside].mean() < 0.03 * film[inside].mean()
    assert summed[inside].mean() == pytest.approx(film[inside].mean(), rel=0.01)


def test_labels_name_the_findings_and_lie_on_the_patients_side():
    patients = (sample_patient(3, i) for i in range(300))
    patient = next(
        p for p in patients if any(item.name == "mass" and item.side == "right" for item in p.visits[0].lesions)
    )
    volume = Phantom("chest", 3).ct(patient.index, spacing_mm=6.0)
    where = np.argwhere(volume.labels == LABELS.index("mass"))
    world = where.mean(0) @ volume.affine[:3, :3] + volume.affine[:3, 3]
    assert world[0] > 10.0  # RAS: the patient's right
    assert {"right lung", "left lung", "heart", "spine"} <= {LABELS[i] for i in np.unique(volume.labels)}


def test_air_lung_and_bone_have_their_units():
    volume = Phantom("chest", 3).ct(0, spacing_mm=8.0)
    assert volume.hounsfield[0, 0, 0] == -1000
    lung = volume.hounsfield[volume.labels == LABELS.index("left lung")]
    assert -950 < np.median(lung) < -600
    assert volume.hounsfield.max() > 300


def test_wrong_requests_are_refused():
    with pytest.raises(UsageError, match="visits"):
        Phantom("chest", 3).ct(0, visit=9)
    with pytest.raises(UsageError, match="spacing"):
        Phantom("chest", 3).ct(0, spacing_mm=0.1)
