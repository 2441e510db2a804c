"""Connectors: image features to the tokens that a language model reads."""
