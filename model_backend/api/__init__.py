"""Requests, results, names and errors that all other folders share; imports none of them."""
