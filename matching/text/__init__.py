"""Texts as search and matching read them, in both scripts. Nothing here asks the index."""
