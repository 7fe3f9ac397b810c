"""Lists the models of this server, loads them and keeps them in memory.

``catalogue`` lists them, ``architecture`` describes their families, ``loading`` reads a model from
a folder or from a download by ``hub``, and ``pool`` keeps loaded models.
"""
