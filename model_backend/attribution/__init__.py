"""Splits the logit difference of two tokens into what every layer wrote for it."""
