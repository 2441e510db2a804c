"""Mixers of token sequences whose cost grows with the number of tokens and not with its square."""
