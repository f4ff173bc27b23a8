"""Index entries, search, embedding, scoring, matches, decisions and saved searches."""
