"""Probe: maps of AUCs, published or of a study."""
