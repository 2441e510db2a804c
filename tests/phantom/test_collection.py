import filecmp
from pathlib import Path

import numpy as np
import pytest

from polyclinic.errors import UsageError
from polyclinic.phantom.collection import Order, write_phantom
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.domain import domain_names
from polyclinic.phantom.world import Phantom
from polyclinic.store.collection import open_collection


def order(patients=30, seed=3, ct=False, **dials):
    return Order(Phantom("chest", seed, Dials(size=32, **dials)), patients, ct)


def files(root: Path):
    return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())


def same_bytes(one: Path, two: Path):
    assert files(one) == files(two)
    _, different, errors = filecmp.cmpfiles(one, two, files(one), shallow=False)
    return not different and not errors


def test_bytes_do_not_depend_on_the_workers(tmp_path):
    counts = [write_phantom(tmp_path / str(workers), order(), workers) for workers in (1, 2)]
    assert counts[0] == counts[1] > 30
    assert same_bytes(tmp_path / "1", tmp_path / "2")


def test_a_patient_does_not_depend_on_how_many_there_are(tmp_path):
    write_phantom(tmp_path / "few", order(patients=3))
    write_phantom(tmp_path / "more", order(patients=6))
    few, more = (open_collection(tmp_path / name) for name in ("few", "more"))
    for study in few:
        assert study.to_json() == more.by_id[study.id].to_json()
        assert (study.images[0].pixels == more.by_id[study.id].images[0].pixels).all()


def test_it_reads_back_as_a_collection_that_says_what_it_is(tmp_path):
    told = []
    write_phantom(tmp_path, order(patients=26), progress=lambda done, studies: told.append((done, studies)))
    collection = open_collection(tmp_path)
    assert told[-1] == (26, len(collection))
    assert "never clinical data" in collection.header.note
    assert collection.header.licence == "Apache-2.0"
    assert all(study.source.name == "phantom chest" for study in collection)
    assert all(study.prior is None or study.prior in collection.by_id for study in collection)


def test_the_same_again_is_the_same_and_another_is_refused(tmp_path):
    write_phantom(tmp_path / "a", order(patients=2))
    write_phantom(tmp_path / "b", order(patients=2))
    write_phantom(tmp_path / "a", order(patients=2))
    assert same_bytes(tmp_path / "a", tmp_path / "b")
    with pytest.raises(UsageError, match="another collection"):
        write_phantom(tmp_path / "a", order(patients=2, seed=4))


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"thesis\.txt"):
        write_phantom(tmp_path, order())
    with pytest.raises(UsageError, match="is a file"):
        write_phantom(tmp_path / "thesis.txt", order())
    with pytest.raises(UsageError, match="at least one"):
        write_phantom(tmp_path / "new", order(patients=0))


def test_a_run_that_dies_leaves_no_half_collection(tmp_path):
    def die(done, studies):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_phantom(tmp_path, order(patients=30), progress=die)
    assert not (tmp_path / "studies.jsonl").exists()
    assert write_phantom(tmp_path, order(patients=30)) > 30


def test_ct_comes_with_labels_of_its_own(tmp_path):
    write_phantom(tmp_path / "a", order(patients=1, ct=True))
    write_phantom(tmp_path / "b", order(patients=1, ct=True))
    assert same_bytes(tmp_path / "a", tmp_path / "b")
    study = open_collection(tmp_path / "a").studies[0]
    scan = study.images[1]
    assert scan.modality == "CT"
    assert scan.affine is not None
    lung = next(region for region in study.regions if region.image == 1 and region.name == "left lung")
    assert scan.pixels[0][lung.array].mean() < -500


@pytest.mark.parametrize("domain", [name for name in domain_names() if name != "chest"])
def test_every_domain_is_written_and_read_back(tmp_path, domain):
    phantom = Phantom(domain, 3, Dials(size=32))
    write_phantom(tmp_path, Order(phantom, 2))
    collection = open_collection(tmp_path)
    made = [study for i in range(2) for study in phantom.studies(i)]
    for read, study in zip(collection, made, strict=True):
        assert read.to_json() == study.to_json()
        assert all(np.array_equal(one.pixels, two.pixels) for one, two in zip(read.images, study.images, strict=True))
    with pytest.raises(UsageError, match="only a chest"):
        Order(phantom, 2, ct=True)
