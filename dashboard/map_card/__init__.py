"""A map on the page: its card, its callbacks and its reading."""
