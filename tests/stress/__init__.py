"""Long checks that ``make test`` leaves out: ``pytest tests/stress/test_every_type.py``."""
