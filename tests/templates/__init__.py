"""Tests of the page frame, the components and the style sheets."""
