"""Stages, the training loop, checkpoints and the record of a run."""
