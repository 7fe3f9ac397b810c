"""Many people at one backend: what is the same is computed once, the rest in turns.

``cached`` wraps a backend in the same interface; ``store`` keeps bytes, ``codec`` makes them,
``lines`` says whose turn it is.
"""
