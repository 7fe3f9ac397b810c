"""Probing studies: can linear probes tell right answers from wrong, per layer and position?

A study starts with questions and ends with a map of AUCs and their intervals. Its requests and
results are defined in ``api``, without torch.
"""
