"""Simplified Chinese as China writes it."""
