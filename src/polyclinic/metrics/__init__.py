"""Scores: pure functions over arrays and text, and bootstrap intervals over subjects."""
