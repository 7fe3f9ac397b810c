"""Shared by all views: ids, components, labels, and what a person waits for."""
