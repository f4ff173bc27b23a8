"""What a search shows: results by page, facets, snippets, suggestions, and ways on from here."""
