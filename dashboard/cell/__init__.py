"""The opened cell and the pinned cells of a map."""
