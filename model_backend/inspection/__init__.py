"""One forward pass over a text, and all that is read from it.

``forward`` runs the model and listens, ``lens`` and ``measures`` turn what it heard into one number
per cell, ``inspecting`` puts the map together, ``opening`` looks into one of its cells.
"""
