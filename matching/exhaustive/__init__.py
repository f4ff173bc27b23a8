"""All demands against all candidates: bounds first, then exactly what may be among the best."""
