"""Vectors: which entries are nearest, and how near that is in deviations from what is usual."""
