import numpy as np

from polyclinic.curate.instructions import Survey
from polyclinic.errors import UnsupportedError
from polyclinic.evaluation.protocol import Context
from polyclinic.evaluation.retrieval import latest, predict, score
from polyclinic.study import Image, Report, Study


def study(subject, visit, text="text"):
    image = Image("x", time_days=float(visit))
    report = Report({"findings": text}) if text else None
    return Study(f"{subject}-{visit}", subject, images=(image,), report=report)


class Vectors:
    def __init__(self, images, texts):
        self.images, self.texts = np.array(images), np.array(texts)

    def embed_images(self, studies):
        return self.images[: len(studies)]

    def embed_texts(self, texts):
        return self.texts[: len(texts)]


def test_each_subject_brings_its_latest_study_with_text():
    studies = [study("a", 5), study("a", 2), study("b", 1), study("b", 3, ""), study("c", 0, "")]
    assert [s.id for s in latest(studies)] == ["a-5", "b-1"]


def test_recall_by_hand():
    studies = [study("a", 0), study("b", 0), study("c", 0)]
    system = Vectors(np.eye(3), [[1, 0, 0], [1, 0.5, 0], [0, 0, 1]])
    rows = predict(system, studies, None, Context(Survey()))
    found = score(rows)
    assert found["search.text_to_image.recall_at_1"].value == round(2 / 3, 6)
    assert found["search.text_to_image.recall_at_5"].value == 1
    assert found["search.text_to_image.recall_at_1"].baseline == round(1 / 3, 6)
    assert rows[1]["first_images"][0] == "a-0"


def test_the_same_vector_for_everything_is_chance():
    studies = [study(str(i), 0) for i in range(20)]
    found = score(predict(Vectors(np.ones((20, 2)), np.ones((20, 2))), studies, None, Context(Survey())))
    assert found["search.image_to_text.recall_at_5"].value == found["search.image_to_text.recall_at_5"].baseline == 0.25


def test_what_cannot_be_searched_is_said():
    studies = [study("a", 0), study("b", 0)]
    assert predict(Vectors([], []), studies[:1], None, Context(Survey())) == []
    context = Context(Survey())
    assert predict(Vectors(np.ones((2, 3)), np.ones((2, 4))), studies, None, context) == []
    assert "different spaces" in context.skipped[0]

    class Blind(Vectors):
        def embed_texts(self, texts):
            raise UnsupportedError("no texts")

    assert predict(Blind(np.ones((2, 3)), []), studies, None, context) == []
    assert context.skipped[1] == "search: no texts"
