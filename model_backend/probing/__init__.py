"""Probing studies: for every layer and named position, can a linear probe tell right from wrong?

From questions to a map of AUCs with honest statistics. ``interface.py`` and ``results.py`` say what
is asked and what comes out, and import no torch.
"""
