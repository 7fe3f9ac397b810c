"""Asking a model, and what its answers and activations are measured by."""
