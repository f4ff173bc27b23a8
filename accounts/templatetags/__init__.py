"""How templates word what accounts know."""
