"""Figures, matches and answers in the reader's language, for pages and API alike."""
