"""One map less another, and maps that move together."""
