"""Search as people type it: the query read, what it finds by words and meaning, in which order."""
