"""The rounds of a run: train, score, query, label, and again."""
