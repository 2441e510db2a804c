"""Data races: the same work done by this package and by others, each result held against ours before it is timed."""
