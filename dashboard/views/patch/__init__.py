"""Patch: change a cell of a text, and see what follows."""
