"""Servers and processes that are killed and stopped while people work.

A run of all tests takes few of everything; `make faults` takes as many as `conftest.py` names.
"""
