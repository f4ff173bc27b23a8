"""The page door of `accounts`."""
