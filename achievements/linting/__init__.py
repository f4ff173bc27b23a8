"""What makes a listing convincing: a score from 0 to 100 with hints; pure computation.

Which checks count, how much and with which words is data (`achievements.models.lint`).
"""

from achievements.linting.facts import Facts
from achievements.linting.scoring import Finding, Result, Rule, lint

__all__ = ["Facts", "Finding", "Result", "Rule", "lint"]
