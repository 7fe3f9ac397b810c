"""Logistic regressions with a ridge penalty, hundreds at a time on the same activations.

``coordinates`` prepares the activations and ``fit`` is the entry point. It hands columns of equal
penalty to ``newton``, whose linear systems ``primal`` or ``dual`` solves. ``reference`` computes
the same in the plainest way, and ``solvers`` names both. NumPy only.
"""
