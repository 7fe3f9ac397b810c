"""Ask: a question, its answer, and a map of named positions."""
