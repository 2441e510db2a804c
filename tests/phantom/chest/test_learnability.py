import time

import numpy as np
import pytest

from polyclinic.phantom.chest.latents import FINDINGS
from polyclinic.phantom.world import Phantom

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def visits():
    """Pixels at 32 x 32, presence and severity of 3000 visits."""
    studies = []
    world, index = Phantom("chest", 5), 0
    while len(studies) < 3000:
        for study in world.studies(index):
            pixels = study.images[0].pixels[0].reshape(32, 4, 32, 4).mean((1, 3)).ravel()
            studies.append((pixels, {finding.name: finding for finding in study.findings}))
        index += 1
    return studies[:3000]


@pytest.mark.parametrize("name", [name for name in FINDINGS if name != "cardiomegaly"])
def test_pixels_alone_do_not_give_a_finding_away(visits, name):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    large = [name == "effusion" and known[name].attributes.get("severity") == "large" for _, known in visits]
    usable = np.array([known[name].present is not None for _, known in visits]) & ~np.array(large)
    pixels = np.array([pixels for pixels, _ in visits])
    present = np.array([known[name].present is True for _, known in visits])
    train, test = usable.copy(), usable.copy()
    train[2000:], test[:2000] = False, False
    best = 0.0
    for strength in (1e-4, 1e-3, 1e-2):
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=200)
        fitted = make_pipeline(StandardScaler(), model).fit(pixels[train], present[train])
        best = max(best, balanced_accuracy_score(present[test], fitted.predict(pixels[test])))
    assert best < 0.75


def test_a_core_makes_150_studies_a_second():
    world = Phantom("chest", 9)
    list(map(world.studies, range(5)))
    rates = []
    for start in range(5, 130, 25):
        began = time.process_time()
        count = sum(len(world.studies(i)) for i in range(start, start + 25))
        rates.append(count / (time.process_time() - began))
    assert max(rates) >= 150
