"""The part of a map that is read: its values, the names of its cells and groups of its tokens."""
