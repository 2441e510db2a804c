"""Text against text: exact match, token F1, BLEU and ROUGE-L, for English, Chinese and Arabic.

Words are compared without case, punctuation, diacritical marks of Arabic, and English articles; a
Chinese character is a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

ARTICLES = frozenset({"a", "an", "the"})
ORDERS = 4
WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+(?:\.\d+)?")


def tokens(text: str) -> list[str]:
    """Words of a text as scores compare them.

    Example:
        >>> tokens("The 1.5 cm nodule, left.")
        ['1.5', 'cm', 'nodule', 'left']
        >>> tokens("左肺结节")
        ['左', '肺', '结', '节']
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    unmarked = "".join(c for c in plain if unicodedata.category(c) != "Mn")
    return [word for word in WORD.findall(unmarked) if word not in ARTICLES]


def exact_match(reference: str, prediction: str) -> float:
    """1 if both say the same words in the same order, else 0.

    Example:
        >>> exact_match("Left lung", "the left lung.")
        1.0
    """
    return float(tokens(reference) == tokens(prediction))


def token_f1(reference: str, prediction: str) -> float:
    """Harmonic mean of the share of words that are right and of words that are found; 1 for two empty texts.

    Example:
        >>> token_f1("left upper lobe", "left lobe")
        0.8
    """
    ours, theirs = tokens(prediction), tokens(reference)
    if not ours or not theirs:
        return float(ours == theirs)
    return 2 * sum((Counter(ours) & Counter(theirs)).values()) / (len(ours) + len(theirs))


def bleu_parts(reference: str, prediction: str, language: str = "en") -> NDArray[np.float64]:
    """What one pair adds to corpus BLEU: matches by order, n-grams by order, both lengths (10 numbers)."""
    score = _bleu("zh" if language == "zh" else "13a").corpus_score([prediction.lower()], [[reference.lower()]])
    return np.array([*score.counts, *score.totals, score.sys_len, score.ref_len], dtype=np.float64)


def bleu_of_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corpus BLEU-4, 0 to 1, of summed parts (n, 10): without smoothing, so 0 where no 4-gram is right.

    Source:
        Papineni et al. 2002; tokens are sacrebleu's.
    """
    matches, totals = sums[:, :ORDERS], sums[:, ORDERS : 2 * ORDERS]
    ours, theirs = sums[:, -2], sums[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(totals > 0, matches / totals, 0)).mean(1)
        penalty = np.exp(np.minimum(1 - theirs / ours, 0))
        return np.nan_to_num(np.exp(logs) * penalty)


def rouge_l(reference: str, prediction: str) -> float:
    """F-measure of the longest common subsequence of words, 0 to 1."""
    return float(_rouge().score(reference, prediction)["rougeL"].fmeasure)


@cache
def _bleu(tokenizer: str) -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize=tokenizer, smooth_method="none")


@cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Words())


class _Words:
    """This module's words behind the method that ROUGE's library calls."""

    def tokenize(self, text: str) -> list[str]:
        return tokens(text)
