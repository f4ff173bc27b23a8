"""The pages of search, matches and saved searches."""
