"""Runs studies: generates answers, captures activations, fits probes, writes reports."""
