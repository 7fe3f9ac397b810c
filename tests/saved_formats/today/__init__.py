"""Opens saved files with the current names of the code, so that a rename changes only this folder.

Files are read through public entrances (the page's routes, ``model_backend``, the command line)
and returned as plain values. The tests next to this folder use no name that may be renamed.
"""
