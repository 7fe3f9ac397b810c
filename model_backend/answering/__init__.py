"""A question, the answer that a model gives, and the names of its positions.

``prompts`` -> ``generating`` -> ``answers`` and ``verdicts`` -> ``positions``; ``asking`` ties them
together, ``question`` holds what is asked and what comes back.
"""
