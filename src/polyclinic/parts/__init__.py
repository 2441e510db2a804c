"""Building blocks of models: they know nothing of papers, data or training.

Letters in tensor names: B batch, C channel, Z Y X space, K concepts or classes, N image tokens, L text
tokens, E embedding, Q queries, S scales, P pairs of anything.
"""
