"""Settings that are drawn, each a run, and what the best of them is worth."""
