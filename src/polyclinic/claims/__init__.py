"""Claims: each system's idea as an experiment of two arms, and the ledger of what came of them."""
