"""Scoring a pair: both sides' texts and facts, a pure function, its weights, what answers teach."""
