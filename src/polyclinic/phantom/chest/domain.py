"""The chest as a domain: what the phantom asks of it."""

from __future__ import annotations

from collections.abc import Callable

from polyclinic.errors import UsageError
from polyclinic.phantom.chest.latents import FINDINGS, Habitus
from polyclinic.phantom.chest.patients import PREVALENCE, sample_patient
from polyclinic.phantom.chest.projection import FIELD_MM, Projection, grid, project
from polyclinic.phantom.chest.radiograph import collimate, expose
from polyclinic.phantom.chest.regions import regions
from polyclinic.phantom.chest.thorax import Chest
from polyclinic.phantom.chest.volume import Volume, rasterise
from polyclinic.phantom.dials import Dials, View
from polyclinic.phantom.domain import Keys, Spec
from polyclinic.phantom.keys import stream
from polyclinic.phantom.language.draws import Draws
from polyclinic.phantom.latents import Patient, Visit
from polyclinic.phantom.picture import Picture
from polyclinic.study import Image

__all__ = ["SPEC", "ct", "labels", "remarks", "renderer", "sample_patient"]

# A film of 128 pixels has no fine detail to tell a lesion by: its density makes up for that.
FILM_EMPHASIS = 2.0
LUNG = ("atelectasis", "infiltration", "mass", "nodule", "pneumonia")
SPEC = Spec(
    name="chest",
    findings=FINDINGS,
    prevalence=PREVALENCE,
    hazard={"mass": 0.022, "effusion": 0.006, "pneumonia": 0.006, "cardiomegaly": 0.003, "nodule": 0.01},
    confounded="pneumonia",
    several=("nodule", "effusion"),
    counted=("nodule",),
    aside=("pneumothorax", "effusion"),
    main=LUNG,
    clear=LUNG,
    organ_of={"cardiomegaly": "heart"},
)


def renderer(seed: int, patient: Patient[Habitus], dials: Dials) -> Callable[[Visit], Picture]:
    """What draws a visit: the projections that are asked for, the regions on the frontal one."""
    chest = Chest.of(seed, patient, dials)
    return lambda visit: _picture(chest, visit)


def ct(seed: int, patient: Patient[Habitus], dials: Dials, visit: int, spacing_mm: float) -> Volume:
    """The CT of a visit, from the same anatomy as the films, with its labels."""
    if not 0 <= visit < len(patient.visits):
        raise UsageError(f"patient {patient.index} has {len(patient.visits)} visits, got visit {visit}")
    return rasterise(Chest.of(seed, patient, dials).scene(patient.visits[visit]), spacing_mm)


def remarks(patient: Patient[Habitus], visit: Visit, draws: Draws) -> tuple[Keys, Keys]:
    """What is said of the chest as such, when it stands out and the reader troubles to say it."""
    habitus = patient.person
    early = [
        ("ap", habitus.view == "AP"),
        ("lungs_low", habitus.inspiration < 0.35),
        ("lungs_deep", habitus.inspiration > 0.93),
    ]
    late = [
        ("aorta", habitus.aorta > 0.5),
        ("spine_left", habitus.scoliosis_mm > 9.0),
        ("spine_right", habitus.scoliosis_mm < -9.0),
    ]
    said = [tuple(key for key, true in part if draws.chance(0.9) and true) for part in (early, late)]
    large = any(lesion.name == "cardiomegaly" for lesion in visit.lesions)
    return said[0], said[1] if large else (_heart(habitus), *said[1])


def labels(patient: Patient[Habitus]) -> dict[str, str | float | bool]:
    """Sex, age, and how the film was taken."""
    return {**patient.person.known, "view": patient.person.view}


def _heart(habitus: Habitus) -> str:
    ratio = habitus.cardiothoracic_ratio
    return "heart_upper" if ratio > 0.465 else "heart_small" if ratio < 0.41 else "heart_normal"


def _picture(chest: Chest, visit: Visit) -> Picture:
    dials = chest.dials
    scene, pose = chest.scene(visit, FILM_EMPHASIS), chest.pose(visit)
    stands = {"frontal": scene, "lateral": scene.arms_raised()}
    views = {view: project(stands[view], grid(dials.size, view), pose) for view in dials.views}
    images = tuple(_image(chest, visit, view, seen) for view, seen in views.items())
    return Picture(images, regions(scene, views["frontal"], visit.lesions))


def _image(chest: Chest, visit: Visit, view: View, seen: Projection) -> Image:
    patient, dials = chest.patient, chest.dials
    rng = stream(chest.seed, patient.index, "film", visit.index, dials.views.index(view))
    film = collimate(expose(seen.thickness, patient.person, dials, rng, view), rng, dials.anatomy)
    return Image.from_array(
        film,
        f"images/{patient.id}-v{visit.index + 1}-{view}.png",
        modality="DX",
        view=patient.person.view if view == "frontal" else "LL",
        spacing_mm=(round(FIELD_MM / dials.size, 4),) * 2,
        time_days=visit.time_days,
    )
