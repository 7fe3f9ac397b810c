"""Runs a study: asks, captures activations, fits, reports; and serves it."""
