"""The brain: MR in several sequences, with tumours, strokes and plaques."""
