"""What a map is made of: grids, measures, sites and positions."""
