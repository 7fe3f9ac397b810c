"""Pure functions on layer x token grids: colour scales, sinks, alignment and differences."""
