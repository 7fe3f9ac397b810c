"""Keeps ``from dashboard.figures import grid_heatmap`` working in notebooks."""

from dashboard.drawing.figures import grid_heatmap

__all__ = ["grid_heatmap"]
