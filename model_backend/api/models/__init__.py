"""Laws that a loaded model is checked by, and their results."""
