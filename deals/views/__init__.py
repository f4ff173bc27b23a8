"""The page door of `deals`."""
