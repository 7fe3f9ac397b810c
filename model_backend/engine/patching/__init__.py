"""Cells of one text put into another, and what follows for the answer."""
