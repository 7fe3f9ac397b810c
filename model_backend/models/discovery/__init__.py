"""Finds the parts of a loaded model by structure, and proves by laws that they are right.

A forward pass over a few tokens is recorded, module by module; parts are recognised by what enters
and leaves them. No table of model types is read here.
"""
