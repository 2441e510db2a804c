"""Galleries: the vectors of a collection's images on disk, and search in them."""
