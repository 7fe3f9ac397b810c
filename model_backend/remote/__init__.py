"""Models in other processes: a web process asks workers, and torch stays with them."""
