"""Serving: models over HTTP, and the workbench."""
