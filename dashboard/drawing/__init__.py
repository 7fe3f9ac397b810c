"""From a map to its picture: figures, colours, profiles, and what travels to the browser."""
