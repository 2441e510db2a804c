"""The tree of terms."""

from polyclinic.curate.anatomy import meant_by, terms, told
from polyclinic.phantom.dials import Dials
from polyclinic.phantom.world import Phantom


def test_the_tree_tells_definitions_names_and_both_ends_of_a_relation() -> None:
    pairs = told()
    assert ("spleen tumour", "splenic mass") in pairs
    assert ("spleen tumour", "mass within the spleen") in pairs
    assert ("spleen", "spleen tumour grows in") in pairs
    assert ("spleen tumour", "grows in spleen") in pairs


def test_what_means_a_term() -> None:
    assert meant_by("Spleen tumour")[:2] == ("Spleen tumour", "splenic mass")
    assert meant_by("a name that no tree has") == ("a name that no tree has",)


def test_terms_are_whole_and_cover_the_phantom_abdomen() -> None:
    assert all(term == term.lower() and known["means"] and known["also"] for term, known in terms().items())
    assert all(len(relation) == 2 for known in terms().values() for relation in known["tree"])
    names = {
        region.name for i in range(3) for s in Phantom("abdomen", 3, Dials(size=32)).studies(i) for region in s.regions
    }
    assert names <= terms().keys()
