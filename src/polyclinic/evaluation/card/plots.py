"""Small SVG plots: an interval beside its baselines, and probabilities against what came true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polyclinic.evaluation.card.words import escape, interval, number
from polyclinic.verbs import Score

WIDTH, HEIGHT = 220.0, 22.0
SIDE, MARGIN, BINS = 220.0, 38.0, 10


def interval_bar(score: Score, *, most: float = 1.0) -> str:
    """A score on a line from 0 to `most`: a dot with its interval, a tick for the baseline, a ring without image."""
    middle, value = HEIGHT / 2, score.value or 0.0

    def x(figure: float) -> str:
        return f"{6 + (WIDTH - 12) * min(max(figure / most, 0.0), 1.0):.1f}"

    parts = [f'<line class="axis" x1="{x(0)}" x2="{x(most)}" y1="{middle}" y2="{middle}"/>']
    if score.low is not None and score.high is not None:
        parts.append(f'<line class="span" x1="{x(score.low)}" x2="{x(score.high)}" y1="{middle}" y2="{middle}"/>')
    if score.baseline is not None:
        parts.append(f'<line class="base" x1="{x(score.baseline)}" x2="{x(score.baseline)}" y1="3" y2="19"/>')
    if score.blind is not None:
        parts.append(f'<circle class="blind" cx="{x(score.blind)}" cy="{middle}" r="4.5"/>')
    parts.append(f'<circle class="dot" cx="{x(value)}" cy="{middle}" r="5"/>')
    said = f"{number(score.value)} ({interval(score)}), baseline {number(score.baseline)}"
    return (
        f'<svg class="bar" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(said)}">'
        f"{''.join(parts)}</svg>"
    )


def reliability(title: str, said: Sequence[float], came_true: Sequence[bool]) -> str:
    """How often what was said with a probability came true, in ten bins; area shows how many."""
    values, truths = np.asarray(said, dtype=float), np.asarray(came_true, dtype=float)
    place = np.clip((values * BINS).astype(int), 0, BINS - 1)
    dots = []
    for index in range(BINS):
        inside = place == index
        if inside.any():
            radius = 3 + 9 * np.sqrt(inside.mean())
            note = f"said {values[inside].mean():.2f}, true {truths[inside].mean():.2f}, n {int(inside.sum())}"
            dots.append(
                f'<circle class="dot" cx="{_across(values[inside].mean())}" cy="{_up(truths[inside].mean())}" '
                f'r="{radius:.1f}"><title>{escape(note)}</title></circle>'
            )
    return f'<figure class="plot">{_frame("".join(dots))}<figcaption>{escape(title)}</figcaption></figure>'


def _across(share: float) -> str:
    return f"{MARGIN + share * (SIDE - MARGIN - 14):.1f}"


def _up(share: float) -> str:
    return f"{SIDE - MARGIN - share * (SIDE - MARGIN - 14):.1f}"


def _frame(dots: str) -> str:
    ticks = "".join(
        f'<line class="grid" x1="{_across(0)}" x2="{_across(1)}" y1="{_up(t)}" y2="{_up(t)}"/>'
        f'<text class="tick" x="{MARGIN - 5}" y="{float(_up(t)) + 3.5:.1f}" text-anchor="end">{t:g}</text>'
        f'<text class="tick" x="{_across(t)}" y="{SIDE - MARGIN + 14}" text-anchor="middle">{t:g}</text>'
        for t in (0, 0.5, 1)
    )
    return (
        f'<svg viewBox="0 0 {SIDE:g} {SIDE:g}" role="img">{ticks}'
        f'<line class="ideal" x1="{_across(0)}" y1="{_up(0)}" x2="{_across(1)}" y2="{_up(1)}"/>{dots}'
        f'<text class="tick" x="{_across(0.5)}" y="{SIDE - 3}" text-anchor="middle">probability said</text>'
        f'<text class="tick" transform="translate(9 {_up(0.5)}) rotate(-90)" text-anchor="middle">came true</text>'
        "</svg>"
    )
