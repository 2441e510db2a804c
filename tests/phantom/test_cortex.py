import math
from itertools import pairwise

import numpy as np
import pytest

from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.cortex.domain import sample_patient
from polyclinic.phantom.cortex.response import GRID, SCANS, VOXELS, Cortex, features, wave
from polyclinic.phantom.cortex.shapes import COLOURS, FIELD_DEG, draw_shape
from polyclinic.phantom.cortex.viewing import VIEWERS, cortex_for
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.latents import Lesion
from polyclinic.phantom.painting import canvas
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import open_collection

RNG = np.random.default_rng
GROUND = (0.5, 0.5, 0.5)


def drawn(name, degrees=10.0, colour="red", texture="plain", contrast=1.0, turn=0.0):
    picture = canvas(256, GROUND)
    said = {"colour": colour, "texture": texture}
    item = Lesion(1, name, "left", "upper", degrees, "small", 1.0, None, attributes=said)
    return picture, draw_shape(picture, item, (0.5, 0.5), turn, contrast)


# Areas in squared radii: pi; a square of the half side 1 / (0.85 sqrt 2); a triangle of the circumradius 1; ten
# triangles of the sides 1 and 0.42 around a fifth of pi; a cross of the arms' width 0.68.
@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("circle", math.pi),
        ("square", 2.0 / 0.85**2),
        ("triangle", 0.75 * math.sqrt(3.0)),
        ("star", 5.0 * 0.42 * math.sin(math.pi / 5.0)),
        ("cross", 2 * 2 * 0.68 - 0.68**2),
    ],
)
def test_areas_are_those_of_the_shapes(name, area):
    radius = 0.5 * 10.0 / FIELD_DEG * 256
    for turn in (0.0, 0.7):
        assert drawn(name, turn=turn)[1].sum() == pytest.approx(area * radius**2, rel=0.02)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_plain_shape_is_of_its_colour(colour):
    picture, mask = drawn("circle", colour=colour)
    assert picture[:, 128, 128].tolist() == pytest.approx(COLOURS[colour], abs=1e-6)
    assert np.allclose(picture[:, :40], 0.5)
    assert mask.any()


def test_stripes_are_pale_and_run_across():
    striped, mask = drawn("square", texture="striped")
    plain, _ = drawn("square")
    assert striped[:, mask].std(1).max() > 0.2 > plain[:, mask].std(1).max()
    assert striped[1, 128, 90:166].std() > 0.2 > striped[1, 90:166, 128].std()


@pytest.mark.parametrize("texture", ["plain", "striped"])
def test_without_contrast_the_ground_is_bare(texture):
    picture, mask = drawn("star", texture=texture, contrast=0.0)
    assert np.array_equal(picture, canvas(256, GROUND))
    assert np.array_equal(mask, drawn("star", texture=texture)[1])


def test_features_by_hand():
    red = np.zeros((3, 16, 16)) + 0.5
    red[0, :2, :2] += 0.4
    brightness, red_green, blue_yellow = features(red).reshape(3, GRID, GRID)
    assert (brightness[0, 0], red_green[0, 0], blue_yellow[0, 0]) == pytest.approx((0.12, 0.2, -0.1))
    assert np.count_nonzero(np.abs(features(red)) > 1e-12) == 3


def test_features_are_linear_and_hardly_depend_on_the_size():
    one, other = RNG(0).random((2, 3, 32, 32))
    assert np.allclose(features(0.3 * one + 0.7 * other), 0.3 * features(one) + 0.7 * features(other))
    assert np.allclose(features(np.repeat(np.repeat(one, 3, 1), 3, 2)), features(one))


def test_the_wave_starts_at_the_picture_peaks_and_dips():
    at = np.arange(-2.0, 30.0, 0.1)
    height = wave(at)
    assert not height[at <= 0].any()
    assert at[height.argmax()] == pytest.approx(5.0, abs=0.2)
    assert 12.0 < at[height.argmin()] < 18.0
    assert -0.2 < height.min() / height.max() < -0.05


@pytest.fixture(scope="module")
def cortex():
    return Cortex.of(RNG(0), RNG(1).normal(0.0, 0.1, (200, 3 * GRID**2)))


def test_reliability_is_the_share_that_the_picture_explains(cortex):
    rng, true, seen = RNG(2), [], []
    for _ in range(400):
        picture = rng.random((3, GRID, GRID))
        true.append(cortex.amplitudes(picture))
        seen.append((cortex.respond(picture, 1.0, rng) * cortex.waves).sum(1))
    noise = np.var(np.array(seen) - true, axis=0)
    assert 1.0 / (1.0 + noise) == pytest.approx(cortex.reliability, abs=0.1)


def test_without_noise_a_response_is_the_wave_of_its_amplitude(cortex):
    picture = RNG(3).random((3, 32, 32))
    response = cortex.respond(picture, 0.0, RNG(0))
    assert (response.shape, response.dtype) == ((VOXELS, SCANS), np.float32)
    assert np.allclose(response, cortex.amplitudes(picture)[:, None] * cortex.waves, atol=1e-5)
    assert np.array_equal(response, cortex.respond(picture, 0.0, RNG(1)))


def test_noise_lingers(cortex):
    grey = np.full((3, 8, 8), 0.5)
    noise = cortex.respond(grey, 1.0, RNG(0)) - cortex.respond(grey, 0.0, RNG(0))
    assert np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1] > 0.15


def recorded(patients, **dials):
    world = Phantom("cortex", 3, Dials(size=32, **dials))
    return [(study, picture.signals) for i in range(patients) for study, picture in world.seen(i)]


def test_a_viewer_has_one_cortex_and_viewers_differ():
    of = {name: [] for name in VIEWERS}
    for study, signals in recorded(30):
        of[study.labels["viewer"]].append(signals["reliability"])
    assert all(np.array_equal(one, other) for known in of.values() for one, other in pairwise(known))
    assert len({known[0].tobytes() for known in of.values()}) == len(VIEWERS)


def test_responses_are_of_about_unit_deviation_over_the_pictures():
    for viewer in range(2):
        patients = [p for p in (sample_patient(3, i) for i in range(60)) if p.person.own["viewer"] == VIEWERS[viewer]]
        assert cortex_for(3, patients[0], sample_patient) is cortex_for(3, patients[1], sample_patient)
    made = [signals["bold"] for _, signals in recorded(60, noise=0.0)]
    assert np.linalg.norm(made, axis=2).std() == pytest.approx(0.6, abs=0.3)


def test_the_response_tells_of_the_picture():
    """A least-squares map from the responses to how red the upper left is, fitted on some and tried on others."""
    pairs = [
        (signals["bold"].ravel(), (study.images[0].pixels[0] - 1.0 * study.images[0].pixels[1])[:16, :16].mean())
        for study, signals in recorded(500)
        if study.labels["viewer"] == "one"
    ]
    inputs, target = (np.array(part, float) for part in zip(*pairs, strict=True))
    inputs, target, half = inputs - inputs.mean(0), target - target.mean(), len(target) // 2
    kernel = inputs @ inputs.T
    fitted = np.linalg.solve(kernel[:half, :half] + 200.0 * np.eye(half), target[:half])
    assert np.corrcoef(kernel[half:, :half] @ fitted, target[half:])[0, 1] > 0.5


def test_signals_are_written_as_plain_arrays(tmp_path):
    world = Phantom("cortex", 3, Dials(size=32))
    write_phantom(tmp_path, Order(world, 3))
    known = {study.id: picture.signals for i in range(3) for study, picture in world.seen(i)}
    for study in open_collection(tmp_path):
        assert set(study.signals) == {"bold", "reliability"}
        for name, place in study.signals.items():
            assert np.array_equal(np.load(tmp_path / place, allow_pickle=False), known[study.id][name])
    write_phantom(tmp_path, Order(world, 3))
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["images", "signals"]
