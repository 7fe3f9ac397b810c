"""Has the model itself say which words of an answer are its short answer.

``worked_examples`` and the question make a prompt, ``candidates`` lists the spans that may follow
it, ``span_search`` finds the likeliest, and ``reading`` runs the model for it.
"""
