"""Questions with known answers, built in or uploaded, and the published maps."""
