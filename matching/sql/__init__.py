"""Our own SQL: which database it reads from, compiled once, several at once, columns as arrays."""
