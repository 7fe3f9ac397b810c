"""Checkpoints whose weights are stored quantised."""
