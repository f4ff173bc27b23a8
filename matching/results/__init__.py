"""What a search shows: results by page, facets, snippets, suggestions, and where to go on."""
