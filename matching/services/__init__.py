"""What search and matching do."""
