"""Figures with units, budgets and deadlines in free text, found so that a person can take them."""

from achievements.figures.budgets import Budget, find_budget
from achievements.figures.deadlines import Deadline, find_deadline
from achievements.figures.finding import Figure, find_figures
from achievements.figures.naming import Quantity, Vocabulary

__all__ = [
    "Budget",
    "Deadline",
    "Figure",
    "Quantity",
    "Vocabulary",
    "find_budget",
    "find_deadline",
    "find_figures",
]
