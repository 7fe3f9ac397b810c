"""Explore: any text, every layer, every token."""
