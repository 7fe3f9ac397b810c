"""What takes too long for every day: ``make stress``, or ``python -m tests.stress --help``."""
