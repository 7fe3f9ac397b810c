"""From a question to a model's answer, its exact answer, a verdict and named positions.

``prompts`` -> ``generating`` -> ``exact_answers`` -> ``verdicts``; ``ask`` runs all four, and
``answer_jobs`` runs ``generating`` in the background. Requests and results are in ``api``.
"""
