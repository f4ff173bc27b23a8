"""Introductions and what becomes of them."""
