import pytest

from polyclinic.errors import UsageError
from polyclinic.phantom.domain import FOLDER, domain_names, load_domain
from polyclinic.study import LANGUAGES


def test_an_unknown_domain_names_those_there_are():
    with pytest.raises(UsageError, match="no phantom of 'knee'") as error:
        load_domain("knee")
    assert "chest" in error.value.hint


@pytest.mark.parametrize("name", domain_names())
def test_a_domain_is_whole(name):
    domain = load_domain(name)
    spec = domain.SPEC
    assert spec.name == name
    assert all((FOLDER / name / f"{language}.toml").is_file() for language in LANGUAGES)
    tables = (*spec.hazard, *spec.several, *spec.counted, *spec.aside, *spec.main, *spec.clear, *spec.organ_of)
    assert set(tables) <= set(spec.findings) == spec.prevalence.keys()
    assert spec.confounded in spec.findings
    for function in (domain.sample_patient, domain.renderer, domain.remarks, domain.labels):
        assert function.__doc__


@pytest.mark.parametrize(("size_mm", "spoken"), [(12.4, 10), (1.0, 5), (13.0, 15)])
def test_sizes_are_spoken_of_in_steps(size_mm, spoken):
    assert load_domain("chest").SPEC.spoken(size_mm) == spoken
