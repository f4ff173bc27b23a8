"""The page door of the catalogue."""
