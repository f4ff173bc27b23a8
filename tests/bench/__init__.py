"""`make bench-search`: how quick search and matching are, beside tantivy and the exact scan."""
