"""Figures with units in free text, found so that a person can make rows of them."""

from achievements.figures.finding import Figure, find_figures
from achievements.figures.naming import Quantity, Vocabulary

__all__ = ["Figure", "Quantity", "Vocabulary", "find_figures"]
