"""Assessment: one protocol a file, trivial baselines, and the report card."""
