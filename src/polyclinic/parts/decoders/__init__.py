"""Decoders that turn a query vector and pixel features into masks or boxes."""
