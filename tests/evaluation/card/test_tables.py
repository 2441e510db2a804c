from polyclinic.evaluation.card.tables import by_name, meanings, score_table, tiles
from polyclinic.verbs import Score

SCORES = {
    "questions.closed.balanced_accuracy": Score(0.9, 0.85, 0.95, 40, 0.5, 0.5),
    "reports.nodule.finding_f1": Score(0.7, 0.6, 0.8, 40, 0.0, None),
    "find.count_error": Score(2.5, 2.0, 3.0, 40, 2.2, None),
    "classification.nodule.auroc": Score(0.8, 0.7, 0.9, 40, 0.5, None),
    "classification.sex=f.auroc": Score(0.4, None, None, 1, 0.5, None),
}


def test_tiles_show_the_main_scores_with_a_verdict():
    made = tiles(SCORES)
    assert made.count('class="tile"') == 2
    assert "better than baseline" in made
    assert "not told apart" in made


def test_the_table_has_all_but_the_scores_of_single_names():
    made = score_table(SCORES)
    assert "count_error" in made
    assert "lower is better" in made
    assert "nodule" not in made


def test_names_are_rows_and_labels_have_their_own_table():
    made = by_name(SCORES)
    assert made.count("<table") == 2
    assert made.index("nodule") < made.index("sex=f")
    assert by_name({}) == ""


def test_only_metrics_on_the_page_are_explained():
    assert "auroc" in meanings(SCORES)
    assert "bleu4" not in meanings(SCORES)
