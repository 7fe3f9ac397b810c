"""Patterns in arrays: columns that stand out together, and bands."""
