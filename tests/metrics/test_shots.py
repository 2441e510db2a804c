import numpy as np

from polyclinic.metrics.shots import few_shots, share_of_subjects

LABELS = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, np.nan])
SUBJECTS = ["a", "a", "b", "c", "d", "e", "f", "f", "g", "h"]


def test_each_class_brings_so_many_subjects():
    for seed in range(20):
        taken = few_shots(LABELS, SUBJECTS, 2, seed)
        assert np.bincount(LABELS[taken].astype(int)).tolist() == [2, 2]
        assert len({SUBJECTS[i] for i in taken}) == 4
        assert set(few_shots(LABELS, SUBJECTS, 1, seed)) < set(taken)


def test_a_class_of_too_few_subjects_gives_none():
    assert not len(few_shots(LABELS, SUBJECTS, 3, 0))


def test_seeds_differ():
    assert len({tuple(few_shots(LABELS, SUBJECTS, 1, seed)) for seed in range(20)}) > 3


def test_shares_are_of_whole_subjects_and_nested():
    few, many = share_of_subjects(SUBJECTS, 0.25, 1), share_of_subjects(SUBJECTS, 0.75, 1)
    assert set(few) < set(many)
    chosen = {SUBJECTS[i] for i in few}
    assert len(chosen) == 2
    assert [i for i, subject in enumerate(SUBJECTS) if subject in chosen] == few.tolist()
    assert len({SUBJECTS[i] for i in share_of_subjects(SUBJECTS, 0.001, 1)}) == 1
