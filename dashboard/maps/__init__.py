"""A map as data: its grid, its figure, table, export, differences and what can be chosen for it."""
