"""Opens what was saved by the names that the code has today: a rename touches this folder alone.

Everything goes in by a front door, the page's own routes, ``model_backend`` or the program, and
comes out as plain values, so that the tests beside this folder name nothing that may be renamed.
"""
