"""Compare: two maps and their difference."""
