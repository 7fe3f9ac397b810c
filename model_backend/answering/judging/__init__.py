"""Labels answers by their text: ``words`` -> ``scope`` -> ``mentions`` -> ``verdicts``.

A label needs no tokens, no model and no exact answer, so the way in which exact answers are found
cannot change it.
"""
