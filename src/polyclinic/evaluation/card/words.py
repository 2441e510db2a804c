"""What scores are called on the page, and which of them stand at its top."""

from __future__ import annotations

import html
import math

from polyclinic.verbs import Score

HEADLINES = (
    ("questions.closed.balanced_accuracy", "Yes-or-no questions", "balanced accuracy"),
    ("questions.open.token_f1", "Open questions", "token F1"),
    ("reports.finding_f1", "Findings in reports", "F1"),
    ("reports.rouge_l", "Wording of reports", "ROUGE-L"),
    ("segmentation.organs.dice", "Outlines of organs", "Dice"),
    ("segmentation.findings.dice", "Outlines of findings", "Dice"),
    ("segmentation.regions.dice", "Outlines", "Dice"),
    ("find.findings.ap50", "Boxes of findings", "AP at IoU 0.5"),
    ("find.regions.ap50", "Boxes", "AP at IoU 0.5"),
    ("find.count_error", "Counts", "mean absolute error"),
    ("search.text_to_image.recall_at_10", "Search by text", "recall at 10"),
    ("classification.auroc", "Classification", "AUROC"),
)
LOWER_IS_BETTER = ("count_error", "surface_distance", "hd95", "calibration_error", "false_positive_rate")
METRICS = {
    "balanced_accuracy": "mean share of right answers over the classes; guessing gives 0.5 of two",
    "accuracy": "share of right answers",
    "exact_match": "share of answers with the same words, without case, punctuation and articles",
    "token_f1": "agreement of an answer's words with the reference's",
    "finding_f1": "agreement on which findings are present, hedged ones left out",
    "bleu4": "share of the generated word sequences, up to four words, that the reference has",
    "rouge_l": "longest common word sequence, as an F-measure",
    "dice": "twice the overlap over the sum of both areas, where the reference has the name",
    "surface_distance": "mean distance between the two outlines, where both are there",
    "hd95": "95th percentile of the distance between the two outlines",
    "false_positive_rate": "share of absent names for which something was drawn",
    "ap50": "average precision of boxes that overlap the reference by at least half",
    "count_error": "mean absolute difference of the number of boxes with a score of at least 0.5",
    "recall_at": "share of queries whose own item is among the first k",
    "auroc": "chance that a positive scores higher than a negative",
    "auprc": "average precision; guessing gives the share of positives",
    "calibration_error": "mean gap between the probability said and how often it came true, 15 bins",
}


def escape(value: object) -> str:
    """Text as HTML shows it, in an element or a quoted attribute."""
    return html.escape(str(value), quote=True)


def metric_of(name: str) -> str:
    """The metric at the end of a score's name, without unit and depth.

    Example:
        >>> metric_of("segmentation.organs.hd95_mm"), metric_of("search.text_to_image.recall_at_10")
        ('hd95', 'recall_at')
    """
    last = name.rpartition(".")[2]
    return next((metric for metric in METRICS if last == metric or last.startswith(metric + "_")), last)


def lower_is_better(name: str) -> bool:
    """Whether a score is an error."""
    return metric_of(name) in LOWER_IS_BETTER


def is_main(name: str) -> bool:
    """Whether a score is over all names, not of one finding, organ or label."""
    most = 1 if name.startswith(("reports.", "classification.")) else 2
    return name.count(".") <= most


def number(value: float | None) -> str:
    """A figure with three decimals; a dash where there is none."""
    return "\N{EN DASH}" if value is None or not math.isfinite(value) else f"{value:.3f}"


def interval(score: Score) -> str:
    """The bounds of a score's interval; empty where it has none."""
    return "" if score.low is None or score.high is None else f"{score.low:.3f} to {score.high:.3f}"


def verdict(name: str, score: Score) -> tuple[str, str]:
    """How a score stands to its baseline: a CSS class and words; empty where one of them is missing."""
    if score.baseline is None or score.low is None or score.high is None:
        return "", ""
    sign = -1 if lower_is_better(name) else 1
    if min(sign * score.low, sign * score.high) > sign * score.baseline:
        return "better", "better than baseline"
    if max(sign * score.low, sign * score.high) < sign * score.baseline:
        return "worse", "worse than baseline"
    return "even", "not told apart"
