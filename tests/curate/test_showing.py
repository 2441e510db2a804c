from polyclinic.curate.showing import showing
from polyclinic.study import Region, Study


def test_regions_of_other_names_go_and_studies_that_show_nothing_too() -> None:
    heart, spine = Region("heart"), Region("spine")
    studies = [Study("a", "a", regions=(heart, spine, heart)), Study("b", "b", regions=(spine,)), Study("c", "c")]
    kept = showing(studies, ("heart", "liver"))
    assert [(study.id, study.regions) for study in kept] == [("a", (heart, heart))]
    assert studies[0].regions == (heart, spine, heart)
