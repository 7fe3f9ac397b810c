"""From a question to a model's answer, its exact answer, a verdict and named positions.

``prompts`` -> ``generating`` -> ``exact_answers``, and ``judging`` by the text alone; ``ask`` runs
all of them, and
``answer_jobs`` runs ``generating`` in the background. Requests and results are in ``api``.
"""
