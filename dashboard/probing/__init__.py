"""The parts of the Probe view: maps of AUCs, the shelf they stand on, and studies under way."""
