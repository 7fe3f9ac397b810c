"""The views of the page: Explore, Ask, Compare and Probe."""
