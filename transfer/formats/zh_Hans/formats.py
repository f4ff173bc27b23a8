"""Figures in groups of three, as tables and accounts in China have them; Django sets none."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
