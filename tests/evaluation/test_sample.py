import pytest

from polyclinic.errors import UsageError
from polyclinic.evaluation.sample import of_subjects
from polyclinic.study import Study

STUDIES = [Study(f"s{i}", f"p{i // 2}") for i in range(20)]


def test_whole_subjects_in_their_order():
    some = of_subjects(STUDIES, 3)
    assert len(some) == 6
    assert [s.id for s in some] == sorted((s.id for s in some), key=lambda name: int(name[1:]))
    assert of_subjects(STUDIES, 3) == some != of_subjects(STUDIES, 3, seed=1)
    assert of_subjects(STUDIES, None) == of_subjects(STUDIES, 99) == tuple(STUDIES)


def test_a_limit_below_one_is_refused():
    with pytest.raises(UsageError, match="got 0"):
        of_subjects(STUDIES, 0)
