"""Procedural patients whose anatomy, findings, reports, masks, priors and confounders are all known."""
