"""Load data: a large invented catalogue to measure search and matching with."""
