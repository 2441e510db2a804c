"""Collections on disk, their splits, and the check for leaks between splits."""
