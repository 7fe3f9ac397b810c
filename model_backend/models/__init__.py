"""Which models there are, and how one gets into memory.

``catalogue`` names them, ``architecture`` knows their families, ``loading`` makes one of a folder
or of what ``hub`` fetched, and ``shelf`` keeps those in memory.
"""
